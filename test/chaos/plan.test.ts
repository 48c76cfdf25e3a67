import { MEMBERS, isOutage, lengthOf } from './fault';
import { MODES, planOf, type Plan } from './plan';

const PLANS = Array.from({ length: 500 }, (_, i) => planOf(i + 1, 'both'));

describe('the plan of a chaos run', () => {
  it('is the same for the same seed', () => {
    expect(planOf(17, 'both')).toEqual(planOf(17, 'both'));
    expect(planOf(17, 'both')).not.toEqual(planOf(18, 'both'));
  });

  it('has the same faults in both modes', () => {
    const [exact, repeated] = MODES.map((mode) => planOf(5, mode));
    expect(exact?.steps).toEqual(repeated?.steps);
    expect([exact?.mode, repeated?.mode]).toEqual(MODES);
  });

  it('covers every theme in both modes within 22 seeds', () => {
    const met = new Set(PLANS.slice(0, 22).map(({ mode, theme }) => `${mode} ${theme}`));
    const themes = new Set(PLANS.map(({ theme }) => theme));
    expect(met.size).toBe(2 * themes.size);
  });

  it('always has a fault, and starts none during another outage', () => {
    for (const { seed, steps } of PLANS) {
      expect({ seed, some: steps.length > 0 }).toEqual({ seed, some: true });
      let free = 0;
      for (const { at, fault } of steps.filter((step) => isOutage(step.fault))) {
        expect({ seed, early: at < free }).toEqual({ seed, early: false });
        free = at + lengthOf(fault);
      }
    }
  });

  it('fits in a run of about a minute, and has freezes of up to one minute', () => {
    const ends = PLANS.map(({ steps }) => Math.max(...steps.map(({ at, fault }) => at + lengthOf(fault))));
    expect(Math.max(...ends)).toBeLessThan(95_000);
    expect(ends.reduce((sum, end) => sum + end, 0) / ends.length).toBeLessThan(40_000);
    const longest = PLANS.flatMap(({ steps }) => steps).map(({ fault }) =>
      fault.kind === 'freeze' ? fault.ms : 0,
    );
    expect(Math.max(...longest)).toBeGreaterThan(50_000);
    expect(Math.max(...longest)).toBeLessThanOrEqual(60_000);
  });

  it('starts only absent members and stops only present ones, so that one always remains', () => {
    for (const plan of PLANS) expect(membersAtTheEndOf(plan)).toBeGreaterThan(0);
  });
});

function membersAtTheEndOf({ seed, members, steps }: Plan): number {
  const present = new Set<string>(members);
  for (const { fault } of steps) {
    if (fault.kind === 'join') expect([seed, present.has(fault.member)]).toEqual([seed, false]);
    else if ('member' in fault) expect([seed, present.has(fault.member)]).toEqual([seed, true]);
    if (fault.kind === 'join') present.add(fault.member);
    if (fault.kind === 'leave') present.delete(fault.member);
    if (fault.kind === 'kill while another joins') {
      expect([seed, present.has(fault.joining)]).toEqual([seed, false]);
      present.add(fault.joining);
    }
  }
  expect([...present].every((name) => (MEMBERS as readonly string[]).includes(name))).toBe(true);
  return present.size;
}
