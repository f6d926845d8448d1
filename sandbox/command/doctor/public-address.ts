import { BlockList, isIPv6 } from 'node:net';

/** Addresses that a gateway on the internet cannot reach. Source: IANA's special-purpose address registries. */
const NOT_PUBLIC: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'carrier-grade NAT (CGNAT)'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'for documentation'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'for benchmarking'],
  ['198.51.100.0', 24, 'for documentation'],
  ['203.0.113.0', 24, 'for documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['64:ff9b:1::', 48, 'private (NAT64)'],
  ['100::', 64, 'discarded'],
  ['2001:db8::', 32, 'for documentation'],
  ['3fff::', 20, 'for documentation'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private (site-local)'],
  ['ff00::', 8, 'multicast'],
];

const LISTS = NOT_PUBLIC.map(([network, prefix, what]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return { list, what };
});

/** The kind of an address that cannot be reached from the internet, such as `loopback`; undefined for one that can. */
export function whyNotPublic(address: string): string | undefined {
  const plain = address.split('%', 1)[0]!;
  // A BlockList also checks the IPv4 address in ::ffff:127.0.0.1.
  return LISTS.find(({ list }) => list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4'))?.what;
}
