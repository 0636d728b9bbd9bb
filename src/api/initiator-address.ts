import * as z from "zod";
import { parseIp } from "../std/ip.ts";
import { withRules } from "./rules.ts";

/**
 * Addresses and netmasks as people declare them. What ONTAP would refuse with 5374855, 5374856 or a bad mask is
 * refused here already, by the same rule on both sides.
 */

/** IPv6 with all its digits. */
const longestIp = 39;
const address = z.string().min(2).max(longestIp);

/** CEL's `isIP` takes IPv4 tails in IPv6 (`::10.0.0.1`); ONTAP's pages never show them, and the order rule cannot read them. */
const isPlainIp = (text: string): boolean => parseIp(text) !== undefined && !(text.includes(":") && text.includes("."));
const celIsPlainIp = (field: string): string => `isIP(${field}) && !(${field}.contains(':') && ${field}.contains('.'))`;

/**
 * CEL has no order of addresses, and what would order IPv6 ones costs more than the API server allows a rule. So it
 * orders IPv4 as numbers; an IPv6 range backwards is found by us, and shows as SpecInvalid.
 */
const celIpv4Value = (field: string): string =>
  [16_777_216, 65_536, 256, 1].map((weight, at) => `int(${field}.split('.')[${at}]) * ${weight}`).join(" + ");

const range = withRules(
  z.object({
    start: address.meta({ description: "start is the first IPv4 or IPv6 address of the range." }),
    end: address.meta({ description: "end is the last address of the range; the same as start for one host." }),
  }),
  {
    rule: `${celIsPlainIp("self.start")} && ${celIsPlainIp("self.end")}`,
    field: "start",
    message:
      "start and end must each be an IPv4 or IPv6 address without zone or embedded IPv4, such as 10.0.0.1 or fd00::1",
    holds: ({ start, end }) => isPlainIp(start) && isPlainIp(end),
  },
  {
    rule: "!isIP(self.start) || !isIP(self.end) || ip(self.start).family() == ip(self.end).family()",
    field: "end",
    message: "start and end must be of one family (ONTAP 5374856); write one range for IPv4 and one for IPv6",
    holds: ({ start, end }) => {
      const [first, last] = [parseIp(start), parseIp(end)];
      return first === undefined || last === undefined || first.family === last.family;
    },
  },
  {
    rule: `!isIP(self.start) || !isIP(self.end) || ip(self.start).family() != 4 || ip(self.end).family() != 4 || ${celIpv4Value("self.start")} <= ${celIpv4Value("self.end")}`,
    field: "start",
    message: "start must not be greater than end (ONTAP 5374855); swap the two",
    holds: ({ start, end }) => {
      const [first, last] = [parseIp(start), parseIp(end)];
      return first === undefined || last === undefined || first.family !== last.family || first.value <= last.value;
    },
  },
).meta({ description: "A range is the addresses from start to end, both included." });

const contiguousOctet = "(0|128|192|224|240|248|252|254)";
/** 1 to 32, or a dotted mask without holes. */
const ipv4Netmask = new RegExp(
  `^([1-9]|[12][0-9]|3[0-2]|(128|192|224|240|248|252|254)\\.0\\.0\\.0|255\\.${contiguousOctet}\\.0\\.0|255\\.255\\.${contiguousOctet}\\.0|255\\.255\\.255\\.(0|128|192|224|240|248|252|254|255))$`,
);
/** 1 to 127: ONTAP knows no /128. */
const ipv6Netmask = /^([1-9]|[1-9][0-9]|1[01][0-9]|12[0-7])$/;
const celRegex = (pattern: RegExp): string => `'${pattern.source.replaceAll("\\", "\\\\")}'`;

const mask = withRules(
  z.object({
    address: address.meta({ description: "address is an IPv4 or IPv6 address of the subnet." }),
    netmask: z.string().min(1).max(15).meta({
      description:
        'netmask is the length of the mask as text ("24"), or dotted for IPv4 ("255.255.255.0"); for IPv6 from 1 to 127.',
    }),
  }),
  {
    rule: celIsPlainIp("self.address"),
    field: "address",
    message: "address must be an IPv4 or IPv6 address without zone or embedded IPv4, such as 10.0.0.0 or fd00::",
    holds: ({ address }) => isPlainIp(address),
  },
  {
    rule: `!isIP(self.address) || ip(self.address).family() != 4 || self.netmask.matches(${celRegex(ipv4Netmask)})`,
    field: "netmask",
    message: 'netmask of an IPv4 address must be a length from 1 to 32 such as "24", or dotted such as "255.255.255.0"',
    holds: ({ address, netmask }) => parseIp(address)?.family !== 4 || ipv4Netmask.test(netmask),
  },
  {
    rule: `!isIP(self.address) || ip(self.address).family() != 6 || self.netmask.matches(${celRegex(ipv6Netmask)})`,
    field: "netmask",
    message:
      'netmask of an IPv6 address must be a length from 1 to 127 such as "64"; for one IPv6 host use ranges with start equal to end',
    holds: ({ address, netmask }) => parseIp(address)?.family !== 6 || ipv6Netmask.test(netmask),
  },
).meta({ description: "A mask is a subnet." });

/** So many that a fabric fits, so few that the API server can bound the cost of the rules. */
const mostEntries = 64;

export const initiatorAddress = withRules(
  z.object({
    merge: z.enum(["Replace", "Add", "Remove"]).default("Replace").meta({
      description:
        "merge is Replace, Add or Remove. Replace makes the array hold exactly these addresses, none meaning any. Add adds them to those that are there. Remove takes them away.",
    }),
    ranges: z
      .array(range)
      .max(mostEntries)
      .optional()
      .meta({ description: "ranges are ranges of addresses.", "x-kubernetes-list-type": "atomic" }),
    masks: z
      .array(mask)
      .max(mostEntries)
      .optional()
      .meta({ description: "masks are subnets.", "x-kubernetes-list-type": "atomic" }),
  }),
  {
    rule: "self.merge == 'Replace' || (has(self.ranges) && size(self.ranges) > 0) || (has(self.masks) && size(self.masks) > 0)",
    field: "merge",
    message:
      "initiatorAddress: merge Add and Remove need at least one entry in ranges or masks; add one, or set merge to Replace",
    holds: ({ merge, ranges, masks }) => merge === "Replace" || (ranges ?? []).length + (masks ?? []).length > 0,
  },
).meta({
  description:
    "initiatorAddress is the addresses from which the initiator may log in. Absent means that addresses are not managed. Forbidden for the initiator default, which has no addresses in ONTAP.",
});
