// The OpenAPI document that /openapi.json serves, from the built program.
import { built, stub } from './program.mjs';

export function openApiOf(root) {
  const { createApp } = built(root, 'http/app.js');
  const { collectRoutes } = built(root, 'http/openapi/collect.js');
  const { createDocument } = built(root, 'http/openapi/document.js');
  const app = createApp({ host: '127.0.0.1', services: stub(), feed: stub(), log: stub() });
  // Through JSON, which drops undefined members as it does for a client.
  return JSON.parse(JSON.stringify(createDocument(collectRoutes(app.router), '')));
}
