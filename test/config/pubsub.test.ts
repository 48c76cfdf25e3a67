import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { pushedHosts } from '../../src/config/pubsub';

const AUDIENCES = ['https://stream-infer-1.europe-west1.run.app/pubsub/push'];
const ACCOUNTS = ['pusher@my-project.iam.gserviceaccount.com'];
type Push = NonNullable<NonNullable<ConfigInput['pubsub']>['push']>;

function load(push: Push, more: ConfigInput = {}) {
  return parseConfig({ broker: 'pubsub', ...more, pubsub: { push } }).config;
}

describe('the settings of pushed messages', () => {
  it('are off, and need nothing more than that on loopback', () => {
    expect(load({}).pubsub.push.enabled).toBe(false);
    expect(load({ enabled: true }).pubsub.push.issuer).toBe('https://accounts.google.com');
  });

  it('let requests name the host of an audience', () => {
    const push = { enabled: true, audiences: [...AUDIENCES, 'my-audience'], serviceAccounts: ACCOUNTS };
    expect(pushedHosts(load(push))).toEqual(['stream-infer-1.europe-west1.run.app']);
    expect(pushedHosts(load({}))).toEqual([]);
  });

  it.each<[string, Push, ConfigInput]>([
    ['the broker is kafka', { enabled: true }, { broker: 'kafka' }],
    ['remove http.enabled: false', { enabled: true }, { http: { enabled: false } }],
    ['use delivery: at-least-once', { enabled: true }, { delivery: 'exactly-once' }],
    ['listening on 0.0.0.0', { enabled: true }, { http: { host: '0.0.0.0' } }],
    ['name the service account', { enabled: true, audiences: AUDIENCES }, {}],
    ['set the audience', { enabled: true, serviceAccounts: ACCOUNTS }, {}],
    ['set pubsub.push.enabled: true', { audiences: AUDIENCES }, {}],
    ['use https', { enabled: true, issuer: 'http://tokens.example.com' }, {}],
    ['expected an e-mail address', { enabled: true, serviceAccounts: ['pusher'] }, {}],
    ['an issuer is an https address', { enabled: true, issuer: 'accounts.google.com' }, {}],
  ])('are refused with the remedy: %s', (remedy, push, more) => {
    expect(() => load(push, more)).toThrow(remedy);
  });
});
