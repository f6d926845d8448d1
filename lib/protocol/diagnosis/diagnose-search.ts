import type { Message, Mistake, Variant } from './diagnose-mistakes.js';
import { canonicalOf, type Digest, type Signing } from './diagnose-signing.js';

/** A mistake and its variant. */
export interface Made {
  readonly mistake: Mistake;
  readonly variant: Variant;
}

/** A single mistake. */
interface Tried extends Made {
  readonly signing: Signing;
}

export interface Found {
  readonly made: readonly Made[];
  /** The index of the live secret. */
  readonly secret: number | undefined;
}

/** Texts built plus hashes computed; bounds hashing and sorting. */
const MAX_STEPS = 2_000;
/** The characters of these texts. */
const MAX_CHARACTERS = 1_000_000;
const MAX_VARIANTS_OF_A_MISTAKE = 100;
const MAX_SECRETS = 8;

/** The mistakes, at most two, that explain the signature; undefined if none do. */
export function findMistakes(
  right: Signing,
  message: Message,
  mistakes: readonly Mistake[],
  signature: Buffer,
): Found | undefined {
  const trial = new Trial(signature);
  const asRight = trial.signs(right);
  if (asRight.matches) return { made: [], secret: asRight.secret };
  const effective: Tried[] = [];
  for (const made of byLikelihood(mistakes, message)) {
    if (trial.isOver) return undefined;
    const signing = made.variant.apply(right);
    const { matches, secret, isNew } = trial.signs(signing);
    if (matches) return { made: [made], secret };
    // A sort order that changes nothing here may matter once another mistake has changed the entries.
    if (isNew || made.mistake.step === 'order') effective.push({ ...made, signing });
  }
  for (const [first, second] of pairs(effective)) {
    if (trial.isOver) return undefined;
    if (!combine(first, second)) continue;
    const { matches, secret } = trial.signs(combined(first, second));
    if (matches) return { made: [first, second], secret };
  }
  return undefined;
}

/** Every variant of every mistake; a mistake’s later ones, and those of one parameter among several, come later. */
function byLikelihood(mistakes: readonly Mistake[], message: Message): Made[] {
  return mistakes
    .flatMap((mistake, i) =>
      [...mistake.variants(message)].slice(0, MAX_VARIANTS_OF_A_MISTAKE).map((variant, j) => ({
        made: { mistake, variant },
        rank: i + 2 * j + (variant.narrow ? 10 : 0),
      })),
    )
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ made }) => made);
}

/** All pairs, those of two likely mistakes first. */
function* pairs<T>(ranked: readonly T[]): Iterable<[T, T]> {
  for (let sum = 1; sum < 2 * ranked.length - 2; sum++) {
    for (let i = Math.max(0, sum - ranked.length + 1); 2 * i < sum; i++) yield [ranked[i]!, ranked[sum - i]!];
  }
}

function combine(first: Made, second: Made): boolean {
  if (first.mistake.step !== second.mistake.step) return true;
  return first.mistake.step === 'entries' && (first.mistake !== second.mistake || isNarrow(first, second));
}

/** The entries are changed first, so that their text can be reused for every other change. */
function combined(first: Tried, second: Tried): Signing {
  return first.mistake.step === 'entries' ? second.variant.apply(first.signing) : first.variant.apply(second.signing);
}

function isNarrow(...made: readonly Made[]): boolean {
  return made.every(({ variant }) => variant.narrow);
}

interface Written extends Pick<Signing, 'order' | 'write'> {
  readonly canonical: string;
}

/** Compares signatures until a limit is reached. */
class Trial {
  private readonly written = new Map<Signing['entries'], Written[]>();
  private readonly tried = new Map<Digest, Set<string>>();
  private steps = 0;
  private characters = 0;

  constructor(private readonly signature: Buffer) {}

  get isOver(): boolean {
    return this.steps >= MAX_STEPS || this.characters >= MAX_CHARACTERS;
  }

  /** Whether this way of signing gives the signature, with which secret, and whether it is tried for the first time. */
  signs(signing: Signing): { matches: boolean; secret?: number; isNew: boolean } {
    const canonical = this.canonicalOf(signing);
    let isNew = false;
    for (const { text: secret, index } of signing.secrets.slice(0, MAX_SECRETS)) {
      if (this.isOver) break;
      if (this.isKnown(signing.digest, canonical, secret)) continue;
      isNew = true;
      this.spend(canonical);
      if (signing.digest(canonical, secret).equals(this.signature)) return { matches: true, secret: index, isNew };
    }
    return { matches: false, isNew };
  }

  private canonicalOf(signing: Signing): string {
    const written = this.written
      .get(signing.entries)
      ?.find((it) => it.order === signing.order && it.write === signing.write);
    if (written !== undefined) return written.canonical;
    const canonical = canonicalOf(signing);
    this.spend(canonical);
    const others = this.written.get(signing.entries) ?? [];
    this.written.set(signing.entries, [...others, { order: signing.order, write: signing.write, canonical }]);
    return canonical;
  }

  private spend(text: string): void {
    this.steps++;
    this.characters += text.length;
  }

  private isKnown(digest: Digest, canonical: string, secret: string): boolean {
    const known = this.tried.get(digest) ?? new Set();
    this.tried.set(digest, known);
    const text = `${secret}\n${canonical}`;
    return known.size === known.add(text).size;
  }
}
