/** A model set, or one file of it, that must not trade. */
export class ModelRejectedError extends Error {
  override readonly name = 'ModelRejectedError';
  readonly file: string;
  /** What a person can do about it. */
  readonly nextStep: string;

  constructor(
    facts: { file: string; reason: string; nextStep: string },
    options: { cause?: unknown } = {},
  ) {
    super(`${facts.file}: ${facts.reason}. ${facts.nextStep}`, options);
    this.file = facts.file;
    this.nextStep = facts.nextStep;
  }
}
