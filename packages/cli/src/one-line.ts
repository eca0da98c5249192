/** `text` with nothing in it that moves the cursor or ends a line: some of it is what a gateway sent. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
