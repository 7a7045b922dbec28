"""Profiles of the force's own, given as a file: a copy in the home lets later steps find it by its id."""

from pathlib import Path

from traumatracker.errors import BadProfile
from traumatracker.sources.profile import SHIPPED, find_profile, kept_folder, load_profile


def adopt(name: str) -> str:
    """Return the id of the profile called `name`, or written in the file `name` (a path that ends in .toml).

    A file's text is kept in the home, in place of what was kept under its id before. Raises BadProfile, also for a file
    that takes the id of a profile that ships with the product.
    """
    if not name.endswith(".toml"):
        return find_profile(name).id
    path = Path(name)
    profile = load_profile(path)
    shipped = SHIPPED / f"{profile.id}.toml"
    if shipped.exists():
        if shipped.read_bytes() != path.read_bytes():
            raise BadProfile(f"{profile.id} is the id of a profile that ships with the product. Choose another.")
        return profile.id
    kept = kept_folder() / f"{profile.id}.toml"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = kept.with_suffix(".new")
    fresh.write_bytes(path.read_bytes())
    fresh.replace(kept)
    return profile.id
