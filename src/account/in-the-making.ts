/**
 * A value that whoever makes it fills in field by field. It reads longer than spreading what may be absent, and takes a
 * tenth of the time: what an account does at every bar is written so.
 */
export type InTheMaking<Value> = { -readonly [Key in keyof Value]: Value[Key] };
