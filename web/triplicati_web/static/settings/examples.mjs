// Programs that use this server with a token from the environment; they work as they stand.

const VARIABLE = "TRIPLICATI_TOKEN";
const api = () => new URL("./api/", location.origin + location.pathname).href;

/** @returns {string} for a shell */
export const curl = () => `curl -H "Authorization: Bearer $${VARIABLE}" ${api()}v1/backups`;

/** @returns {string} for Python without further packages */
export const python = () => `import json
import os
from urllib.request import Request, urlopen

token = os.environ["${VARIABLE}"]
request = Request("${api()}v1/backups", headers={"Authorization": f"Bearer {token}"})
with urlopen(request) as answer:
    for each in json.load(answer):
        print(each["Backup"]["Name"])
`;
