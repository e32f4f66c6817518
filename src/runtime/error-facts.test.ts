import { describe, expect, test } from 'vitest';
import { errorFacts, errorSentence, RemoteError } from './error-facts.ts';

class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code = 'ECONNRESET';
}

describe('the facts of an error', () => {
  test('are what a copy between threads would lose: class name, code and causes', () => {
    const error = new BrokerError('no answer', { cause: new TypeError('fetch failed') });
    const facts = errorFacts(error);
    expect(facts).toMatchObject({
      name: 'BrokerError',
      message: 'no answer',
      code: 'ECONNRESET',
      cause: { name: 'TypeError', message: 'fetch failed' },
    });
    expect(structuredClone(facts)).toEqual(facts);
  });

  test.each([
    [42, '42'],
    [undefined, 'undefined'],
    ['out of range', 'out of range'],
    [{ retcode: 10_004 }, '[object Object]'],
  ])('exist for %j as well', (thrown, message) => {
    expect(errorFacts(thrown)).toEqual({ name: 'NonError', message });
  });

  test('end, though the causes go round', () => {
    const error = new Error('round');
    error.cause = error;
    expect(errorSentence(errorFacts(error)).split(' <- ')).toHaveLength(9);
  });

  test('make a sentence with the causes', () => {
    const error = new BrokerError('no answer', { cause: new TypeError('fetch failed') });
    expect(errorSentence(errorFacts(error))).toBe(
      'BrokerError: no answer <- TypeError: fetch failed',
    );
  });

  test('survive being thrown again', () => {
    const facts = errorFacts(new BrokerError('no answer', { cause: new TypeError('failed') }));
    const remote = new RemoteError(facts);
    expect([remote.name, remote.message]).toEqual(['BrokerError', 'no answer']);
    expect(errorSentence(errorFacts(remote))).toBe(errorSentence(facts));
  });
});
