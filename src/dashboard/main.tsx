import { render } from 'preact';
import { App } from './app';
import { followServer } from './feed';
import { followKeys } from './keys';
import { followAddress } from './route';
import { followTheme } from './theme';

followTheme();
followAddress();
followKeys();
followServer();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
