import { render } from 'preact';
import { App } from './app';
import { followServer } from './feed';
import { followKeys } from './keys';
import { followImageSize } from './model';
import { followAddress } from './route';
import { followTheme } from './theme';

followTheme();
followImageSize();
followAddress();
followKeys();
followServer();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
