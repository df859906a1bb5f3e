/**
 * Autonomous systems of companies that rent out servers. Facts from public registries and routing tables, checked against
 * RouteViews in June 2026; a number is listed only where what it carries is servers for the most part.
 *
 * Left out on purpose, since people come from there: Google’s AS15169 and Microsoft’s older numbers (their offices),
 * Cloudflare, Fastly and Akamai’s AS36183 (iCloud Private Relay, WARP), Zscaler and its like (companies’ proxies), carriers
 * that also host. What is listed still has honest people in it: VPN exits live at M247, Datacamp, Leaseweb and the clouds,
 * and some offices are routed through AWS or Azure. Hence a low weight, whatever the number.
 */
const HOSTING: Readonly<Record<number, string>> = {
  16509: 'Amazon', 14618: 'Amazon', 396982: 'Google Cloud', 8075: 'Microsoft Azure', 31898: 'Oracle Cloud', 36351: 'IBM Cloud',
  45102: 'Alibaba Cloud', 37963: 'Alibaba Cloud', 132203: 'Tencent Cloud', 45090: 'Tencent Cloud', 55990: 'Huawei Cloud',
  136907: 'Huawei Cloud', 38365: 'Baidu Cloud', 55967: 'Baidu Cloud', 59019: 'Kingsoft Cloud', 135377: 'UCloud',
  200350: 'Yandex Cloud', 47764: 'VK Cloud', 16276: 'OVH', 24940: 'Hetzner', 213230: 'Hetzner', 212317: 'Hetzner',
  14061: 'DigitalOcean', 63949: 'Akamai (Linode)', 20473: 'Vultr', 12876: 'Scaleway', 51167: 'Contabo', 197540: 'netcup',
  8560: 'IONOS', 202053: 'UpCloud', 41436: 'Kamatera', 42708: 'GleSYS', 60781: 'Leaseweb', 28753: 'Leaseweb', 30633: 'Leaseweb',
  7203: 'Leaseweb', 59253: 'Leaseweb', 133752: 'Leaseweb', 32613: 'Leaseweb', 16265: 'Leaseweb', 9009: 'M247',
  60068: 'Datacamp', 212238: 'Datacamp', 62240: 'Clouvider', 203020: 'HostRoyale', 136787: 'PacketHub', 141039: 'PacketHub',
  39351: '31173 Services', 51430: 'AltusHost', 43350: 'NForce', 49981: 'WorldStream', 50673: 'Serverius', 49544: 'i3D.net',
  57043: 'Hostkey', 50867: 'Hostkey', 58065: 'Orion Network', 202425: 'IP Volume', 198203: 'RouteLabel',
  60404: 'The Infrastructure Group', 60117: 'Host Sailor', 62370: 'Snel', 44901: 'Belcloud', 200019: 'AlexHost',
  200651: 'FlokiNET', 56655: 'Gigahost', 50304: 'Blix', 62282: 'Delska', 43317: 'Veesp', 16125: 'Cherry Servers',
  210644: 'Aeza', 215540: 'Global Connectivity Solutions', 9123: 'Timeweb', 198610: 'Beget', 49505: 'Selectel',
  48282: 'Hosting Technology (VDSina)', 29182: 'IOT (FirstVDS)', 197695: 'Reg.ru', 58061: 'Scalaxy', 204957: 'Green Floid',
  50979: 'Green Floid', 44066: 'firstcolo', 31400: 'firstcolo', 31103: 'Keyweb', 24961: 'WIIT (myLoc)', 29066: 'velia.net',
  30083: 'velia.net', 47447: '23M', 34549: 'meerfarbig', 61157: 'PlusServer', 8972: 'Host Europe', 20773: 'Host Europe',
  42473: 'Anexia', 31034: 'Aruba', 12824: 'home.pl', 201814: 'Mevspace', 42695: 'Cleura', 20860: 'iomart',
  25369: 'Hydra Communications', 13213: 'UK-2', 42831: 'UK Dedicated Servers', 15395: 'Rackspace', 27357: 'Rackspace',
  33070: 'Rackspace', 19994: 'Rackspace', 54825: 'Equinix Metal', 396356: 'Latitude.sh', 29802: 'Hivelocity',
  61317: 'Hivelocity', 36352: 'ColoCrossing', 54290: 'Hostwinds', 40676: 'Psychz', 46844: 'Sharktech', 8100: 'QuadraNet',
  53667: 'FranTech (BuyVM)', 25820: 'IT7 Networks', 35916: 'Multacom', 23470: 'ReliableSite', 32097: 'WholeSale Internet',
  33387: 'Nocix', 32244: 'Liquid Web', 40819: 'Liquid Web', 55286: 'ServerMania', 55293: 'A2 Hosting',
  46475: 'Limestone Networks', 19318: 'Interserver', 18450: 'WebNX', 46562: 'Performive', 29838: 'Atlantic Metro',
  62904: 'Eonix', 49532: 'Eonix', 46261: 'QuickPacket', 11878: 'tzulo', 20278: 'Nexeon', 53850: 'GorillaServers',
  20454: 'Secured Servers', 21769: 'Colocation America', 33182: 'HostDime', 10439: 'CariNet', 18978: 'Enzu',
  62874: 'Web2Objects', 46606: 'Unified Layer', 26496: 'GoDaddy', 398101: 'GoDaddy', 22612: 'Namecheap', 47583: 'Hostinger',
  3842: 'InMotion', 21859: 'Zenlayer', 62610: 'Zenlayer', 64050: 'BGP Network', 4785: 'xTom', 9312: 'xTom',
  132839: 'Power Line', 138915: 'Kaopu Cloud', 55720: 'Gigabit Hosting', 9370: 'Sakura Internet', 9371: 'Sakura Internet',
  7506: 'GMO Internet', 63888: 'Data Wing', 38001: 'NewMedia Express',
}

const numbers: ReadonlySet<number> = new Set(Object.keys(HOSTING).map(Number))

export const isHostingNetwork = (asn: number): boolean => numbers.has(asn)

/** The company, where the number is a hosting network’s. */
export const hostingCompany = (asn: number): string | undefined => HOSTING[asn]
