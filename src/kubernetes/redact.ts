/** Replaces what must not be shown; applied to every line that a pod, an event or a tool gave us. */
export type Redact = (text: string) => string;

/** Shorter values would turn ordinary words into asterisks. */
const SHORTEST_SECRET = 6;

/** The password of `scheme://user:password@host` and of the chart's `user:password@host`. */
const URL_PASSWORD = /([\w.-]+:)([^\s:@/]+)(@[\w.-]+:\d+)/g;

/** @param values secrets in plain form; their percent-encoded and base64 forms are hidden too. */
export function createRedactor(values: readonly string[]): Redact {
  const forms = values
    .filter((value) => value.length >= SHORTEST_SECRET)
    .flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64')])
    .sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, '***'), text).replace(URL_PASSWORD, '$1***$3');
}
