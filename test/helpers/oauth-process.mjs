/** A real OAuth server (oauth2-mock-server) as a child process; its parent changes its behaviour by messages. */
import { OAuth2Server } from 'oauth2-mock-server';

/** Lifetime of tokens in seconds, the status of each answer, and whether tokens are unsigned. */
let behaviour = { lifetime: 3_600, status: 200, forged: false };
let issued = 0;

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');

server.service.on('beforeTokenSigning', (token, request) => {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub: request.body.client_id ?? 'stream-infer', iat: now, exp: now + behaviour.lifetime };
  Object.assign(token.payload, claims);
});
server.service.on('beforeResponse', (response) => {
  const { status, lifetime, forged } = behaviour;
  if (status === 200) {
    issued++;
    response.body.expires_in = lifetime;
    if (forged) response.body.access_token = withoutSignature(response.body.access_token);
    return;
  }
  response.statusCode = status;
  response.body = { error: status === 401 ? 'invalid_client' : 'temporarily_unavailable' };
});

function withoutSignature(token) {
  const [, claims] = token.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
}

process.on('message', (change) => {
  behaviour = { ...behaviour, ...change };
  process.send({ issued });
});
process.on('disconnect', () => process.exit());
await server.start(Number(process.argv[2]), '127.0.0.1');
process.send({ ready: true });
