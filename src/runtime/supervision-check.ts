import type { ChildSpec } from './child-spec.ts';
import type { SupervisionPolicy } from './supervision-state.ts';
import { DuplicateChildError } from './supervisor-errors.ts';

/** A child spec that cannot be meant: nothing of what came with it was taken. */
export class FaultyChildSpecError extends Error {
  override readonly name = 'FaultyChildSpecError';
  readonly field: string;
  constructor(supervisor: string, { id, field, value, allowed }: Fault & { readonly id: unknown }) {
    const whose = `${supervisor}: the ${field} of the child ${String(id)}`;
    super(`${whose} must be ${allowed}, was ${String(value)}`);
    this.field = field;
  }
}

/** Settings of a supervisor that cannot be meant. */
export class FaultyPolicyError extends Error {
  override readonly name = 'FaultyPolicyError';
  readonly field: string;
  constructor(supervisor: string, { field, value, allowed }: Fault) {
    super(`${supervisor}: ${field} must be ${allowed}, was ${String(value)}`);
    this.field = field;
  }
}

type Fault = { readonly field: string; readonly value: unknown; readonly allowed: string };

/** Whether a value may stand in a field, and in words what may. */
type Rule = { readonly allowed: string; holds(value: unknown): boolean };

const anyMs: Rule = {
  allowed: 'a time of 0 ms or more',
  holds: (value) => typeof value === 'number' && value >= 0,
};
const someMs: Rule = {
  allowed: 'a time of more than 0 ms',
  holds: (value) => typeof value === 'number' && value > 0,
};
const count: Rule = {
  allowed: 'a whole number of 0 or more',
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
const share: Rule = {
  allowed: 'a share of 0 or more',
  holds: (value) => typeof value === 'number' && value >= 0,
};

function oneOf(...names: readonly string[]): Rule {
  return { allowed: names.join(' or '), holds: (value) => names.includes(value as string) };
}

/**
 * @throws FaultyChildSpecError for the first field of a spec that is wrong or contradicts the policy
 * @throws DuplicateChildError when two have one id
 */
export function checkChildSpecs(
  supervisor: string,
  specs: readonly ChildSpec[],
  policy: Pick<SupervisionPolicy, 'autoShutdown'>,
): void {
  const ids = new Set<string>();
  for (const spec of specs) {
    const fault = specFault(spec, policy);
    if (fault) throw new FaultyChildSpecError(supervisor, { id: spec?.id, ...fault });
    if (ids.has(spec.id)) throw new DuplicateChildError(supervisor, spec.id, 'already-present');
    ids.add(spec.id);
  }
}

function specFault(
  spec: ChildSpec,
  { autoShutdown }: Pick<SupervisionPolicy, 'autoShutdown'>,
): Fault | undefined {
  const { id, kind, restart, shutdownMs, startMs, start, isSignificant } =
    typeof spec === 'object' && spec !== null ? spec : ({} as ChildSpec);
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  return firstFault([
    ['id', id, { allowed: 'a text', holds: isText }],
    ['kind', kind, oneOf('supervisor', 'thread', 'actor')],
    ['restart', restart, oneOf('permanent', 'transient', 'temporary')],
    ['shutdownMs', shutdownMs, anyMs],
    ['startMs', startMs, someMs],
    ['start', start, { allowed: 'a function', holds: (value) => typeof value === 'function' }],
    [
      'isSignificant',
      isSignificant ?? false,
      {
        allowed: 'false where it is permanent or its supervisor never ends with a child',
        holds: (value) => value !== true || (restart !== 'permanent' && autoShutdown !== 'never'),
      },
    ],
  ]);
}

/** @throws FaultyPolicyError for the first setting that is wrong or contradicts another */
export function checkPolicy(supervisor: string, policy: SupervisionPolicy): void {
  const { strategy, order, intensity, backoff, firstStart, autoShutdown } = policy;
  const dependent = (value: unknown) => value !== 'parallel' || strategy === 'one-for-one';
  const together = (value: unknown) => value === 'never' || order === 'sequential';
  const fault = firstFault([
    ['strategy', strategy, oneOf('one-for-one', 'one-for-all', 'rest-for-one')],
    ['order', order, oneOf('sequential', 'parallel')],
    [
      'order',
      order,
      { allowed: `sequential, as children of ${strategy} depend on it`, holds: dependent },
    ],
    ['intensity.restartsMax', intensity?.restartsMax, count],
    ['intensity.windowMs', intensity?.windowMs, someMs],
    ['backoff.immediate', backoff?.immediate, count],
    ['backoff.minMs', backoff?.minMs, anyMs],
    ['backoff.maxMs', backoff?.maxMs, anyMs],
    ['backoff.jitter', backoff?.jitter, share],
    ['backoff.resetAfterMs', backoff?.resetAfterMs, anyMs],
    ['firstStart', firstStart, oneOf('fail', 'restart')],
    ['autoShutdown', autoShutdown, oneOf('never', 'any-significant', 'all-significant')],
    [
      'autoShutdown',
      autoShutdown,
      { allowed: 'never where the order is parallel', holds: together },
    ],
  ]);
  if (fault) throw new FaultyPolicyError(supervisor, fault);
}

function firstFault(
  checks: readonly (readonly [field: string, value: unknown, rule: Rule])[],
): Fault | undefined {
  const wrong = checks.find(([, value, rule]) => !rule.holds(value));
  return wrong && { field: wrong[0], value: wrong[1], allowed: wrong[2].allowed };
}
