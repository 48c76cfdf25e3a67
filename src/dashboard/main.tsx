import { render } from 'preact';
import { App } from './app';
import { followServer } from './feed';
import { followKeys } from './keys';
import { followImageSize } from './model';
import { followAlerts } from './open-alerts';
import { followAddress } from './route';
import { followTheme } from './theme';

followTheme();
followImageSize();
followAddress();
followKeys();
followServer();
followAlerts();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
