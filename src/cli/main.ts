#!/usr/bin/env node
import './native-environment';
import { runCli } from './program';

void runCli(process.argv);
