/** `make`, and what it made of the object that it was asked about last: for what many ask about the same one in a row. */
export function rememberingLast<Value extends object, Made>(
  make: (value: Value) => Made,
): (value: Value) => Made {
  let last: { readonly value: Value; readonly made: Made } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, made: make(value) };
    return last.made;
  };
}
