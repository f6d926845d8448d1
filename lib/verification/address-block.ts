import { BlockList, isIP } from 'node:net';

/** A range of addresses of one family. */
interface AddressBlock {
  address: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

const BITS = { ipv4: 32, ipv6: 128 } as const;

/** The range of an address or CIDR block; undefined if it is neither, or IPv4-mapped. */
export function parseAddressBlock(text: unknown): AddressBlock | undefined {
  if (typeof text !== 'string') return undefined;
  const [, address = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = familyOf(address);
  if (family === undefined || address.includes('%') || toIpv4(address) !== address) return undefined;
  const prefix = length === undefined ? BITS[family] : Number(length);
  return prefix <= BITS[family] ? { address, prefix, family } : undefined;
}

/** A set of addresses, as a list of blocks. */
export class AddressSet {
  /** One per family, because Node's ::/0 includes IPv4 addresses. */
  private readonly blocks = { ipv4: new BlockList(), ipv6: new BlockList() };

  /** @param blocks validated by `parseAddressBlock` */
  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const { address, prefix, family } = parseAddressBlock(block)!;
      this.blocks[family].addSubnet(address, prefix, family);
    }
  }

  /** Whether it contains a server's remote address: IPv4 may be IPv4-mapped, IPv6 may have a zone. */
  has(address: string): boolean {
    const plain = toIpv4(address.replace(/%.*$/, ''));
    const family = familyOf(plain);
    return family !== undefined && this.blocks[family].check(plain, family);
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** The IPv4 address in an IPv4-mapped one, in any notation; any other text is unchanged. */
function toIpv4(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  const [, high, low] =
    /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  if (high === undefined || low === undefined) return address;
  const [upper, lower] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}
