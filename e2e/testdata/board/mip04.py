# mip of firmware 1.25 and later (mip 0.4), where it differs from the one that Debian's interpreter
# has frozen in (0.3): an entry of urls that is no URL is beside the package.json. No package has
# that mip, so this does what it does with a package.json without dependencies.
import mip, requests


def install(url, target):
    if not url.endswith(".json"):
        url = url.rstrip("/") + "/package.json"
    base = url[: url.rindex("/")]
    for path, at in requests.get(url).json()["urls"]:
        if "://" not in at:
            at = base + "/" + at
        if not mip._download_file(at, target + "/" + path):
            return print("Package may be partially installed")
    print("Done")
