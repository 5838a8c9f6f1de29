/** What phases may say. The real one writes workflow commands; tests collect. Nothing secret is ever passed in unmasked. */
export interface Log {
  info(message: string): void;
  warning(message: string, title?: string): void;
  debug(message: string): void;
}
