import { withRunnableCommands } from '../../src/cli/check-line';

describe('a check as JSON', () => {
  it('has commands that work where the program was started', () => {
    const check = {
      name: 'topics',
      state: 'problem',
      detail: 'images does not exist',
      remedy: 'delete the subscription, then stream-infer topics create --broker pubsub',
    } as const;
    expect(withRunnableCommands(check, 'npm start --')).toEqual({
      ...check,
      remedy: 'delete the subscription, then npm start -- topics create --broker pubsub',
    });
  });

  it('has no remedy if the check has none', () => {
    const check = { name: 'node', state: 'ok', detail: 'v20.19.0' } as const;
    expect(withRunnableCommands(check, 'npm start --')).toEqual(check);
  });
});
