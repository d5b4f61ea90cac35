// How the parts of an address are called, in the words of those who use that kind of destination.

import { t } from "../words.mjs";

/** What asks for nothing else: as servers are addressed. */
const PLAIN = { Host: "server", Port: true, Path: "folder", Login: true, Main: [] };
const COMMON = ["file", "s3", "ssh", "webdav", "smb", "ftp", "b2", "googledrive", "onedrivev2", "dropbox"];
const RELAY = "https://duplicati-oauth-handler.appspot.com/refresh";

/** @param {any} kind as the server declares it, none for one that it does not know */
export const formOf = (kind) => kind?.Form ?? PLAIN;

/** Those that most people need, in their order, and the others. @param {any[]} kinds @returns {[any[], any[]]} */
export function grouped(kinds) {
  const common = COMMON.map((key) => kinds.find((each) => each.Key === key)).filter(Boolean);
  return [common, kinds.filter((each) => !common.includes(each))];
}

/** @param {string} host what the host of the address is */
export function hostWord(host) {
  return { server: t("address.host"), bucket: t("address.bucket"), container: t("address.container"), remote: t("address.remote") }[host] ?? t("address.folder");
}

/** @param {any} form */
export function pathWord({ Host, Path }) {
  if (Path === "share") return t("address.share");
  if (Host === "bucket") return t("address.in-bucket");
  if (Host === "container") return t("address.in-container");
  return Host === "server" ? t("address.path") : t("address.folder");
}

/** What an option is called that a form asks for first. @param {any} option */
export function mainWord({ Name, ShortDescription }) {
  return {
    "ssh-keyfile": t("main.keyfile"),
    "ssh-fingerprint": t("main.fingerprint"),
    "use-ssl": t("main.encrypted"),
    "ftp-encryption-mode": t("main.encryption"),
    "aftp-encryption-mode": t("main.encryption"),
    "auth-domain": t("main.domain"),
    "aws-access-key-id": t("main.access-key"),
    "aws-secret-access-key": t("main.secret-key"),
    "s3-server-name": t("main.s3-server"),
    "s3-location-constraint": t("main.region"),
    "azure-account-name": t("main.azure-account"),
    "azure-access-key": t("main.azure-key"),
    "azure-access-sas-token": t("main.azure-sas"),
    "gcs-service-account-file": t("main.gcs-file"),
    "b2-accountid": t("main.b2-id"),
    "b2-applicationkey": t("main.b2-key"),
    "openstack-authuri": t("main.openstack-address"),
    "openstack-tenant-name": t("main.openstack-project"),
    "storj-auth-method": t("main.storj-method"),
    "storj-shared-access": t("main.storj-grant"),
    "storj-bucket": t("address.bucket"),
    "storj-folder": t("address.in-bucket"),
    authid: t("main.token"),
    "api-token": t("main.api-token"),
    "site-id": t("main.site"),
    "group-email": t("main.group"),
  }[Name] ?? ShortDescription.replace(/\.$/, "");
}

/** What is to be known of such an option beside its name, "" for nothing. @param {string} name */
export function mainMeans(name) {
  return {
    "ssh-keyfile": t("main.keyfile-means"),
    "ssh-fingerprint": t("main.fingerprint-means"),
    "s3-server-name": t("main.s3-server-means"),
    "s3-location-constraint": t("main.region-means"),
    "azure-access-sas-token": t("main.azure-sas-means"),
    "api-token": t("main.api-token-means"),
  }[name] ?? "";
}

/** The page on which one signs in for a token, "" where its address is none. @param {string} kind @param {string} relay the value of oauth-url */
export function tokenPage(kind, relay) {
  try {
    const address = new URL(relay || RELAY);
    if (!["https:", "http:"].includes(address.protocol)) return "";
    address.pathname = address.pathname.replace(/refresh\/?$/, "");
    address.search = `?type=${encodeURIComponent(kind)}`;
    return address.href;
  } catch {
    return "";
  }
}
