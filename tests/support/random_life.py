"""A long random life of one backup, compared with a model of what each version must hold.

Every few turns something bad happens: the power is cut, a line breaks, a volume is lost or spoiled, the
database is lost. The model knows each version's files; what is restored must be one of them or be told as
broken, and what the source still has must be whole again after the next backup.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from random import Random

import msgspec
import trio

from support import purging
from support.crashing import Forge, set_clock
from support.engine import Place, contents, make_tree, noise, tree
from support.independent_reader import Destination, read_destination, restore
from triplicati.errors import DestinationError, MissingRemoteFiles
from triplicati.index.database import open_database
from triplicati.index.volumes import any_volumes
from triplicati.storage.faults import Accidents

_SIZES = (0, 9, 700, 1024, 5_000, 30_000)
_KILLS = ("commit {} before", "commit {} after", "put dblock {} after", "put dindex {} during",
          "put dlist {} after", "delete dblock {} after", "delete dlist {} before")

_LIES = ("blocks are not as they are", "volumesize", "volumehash")


class Life(msgspec.Struct):
    """`versions` holds the contents by path, by the name of the list; `told` what happened, for a failure's
    message; `hurt` since something was spoiled that has not been purged; `spoiled` are volumes that may be
    left as they are, for nothing needs them any more."""

    place: Place
    dice: Random
    forge: Forge
    versions: dict[str, dict[bytes, bytes]] = msgspec.field(default_factory=dict)
    told: list[str] = msgspec.field(default_factory=list)
    hurt: bool = False
    spoiled: set[str] = msgspec.field(default_factory=set)
    clock: int = 1_700_000_000

    async def turn(self) -> None:
        """One thing that happens, and a look at all that must hold."""
        acts = (
            (self.back_up, 5), (self.killed, 3), (self.broken_line, 2), (self.spoil, 1),
            (self.lose_database, 1),
            (self.compact, 1), (self.repair, 1), (self.purge_broken, 1), (self.purge, 1),
        )
        act = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        self.told.append(act.__name__)
        self.clock += 3600
        set_clock(str(self.clock))
        self.change()
        await act()
        if not self.hurt:
            self.check_versions()

    # --- what may happen ---------------------------------------------------------------------------------

    def change(self) -> None:
        """Files come, go, grow, are touched, move."""
        dice, source = self.dice, self.place.source
        names = [f"d{dice.randrange(3)}/f{dice.randrange(20)}" for _ in range(dice.randint(1, 4))]
        make_tree(source, {name: noise(dice.choice(_SIZES), dice.randrange(10**6)) for name in names})
        for number, name in enumerate(names):  # else one of the same size would seem to be the old one
            moment = (self.clock + number) * 10**9
            os.utime(source / name, ns=(moment, moment))
        files = sorted(path for path in source.rglob("*") if path.is_file())
        for path in dice.sample(files, min(3, len(files))):
            match dice.randrange(3):
                case 0:
                    path.unlink()
                case 1:
                    os.utime(path, ns=(0, dice.randrange(10**18)))
                case 2:
                    path.rename(path.with_name(path.name + "m"))

    async def back_up(self) -> None:
        """Goes on whatever happened before; the newest version is the source then."""
        try:
            await self.place.back_up()
        except MissingRemoteFiles:  # most of the data is gone: somebody has to say that this is so
            assert self.hurt
            await self.place.repair()
            await self.place.back_up()
        self.note_newest()
        await self.check_newest()

    async def killed(self) -> None:
        operation = self.dice.choice(("backup", "backup", "compact", "repair", "backup with upkeep"))
        if not await self._knows_anything():
            operation = "backup"
        point = self.dice.choice(_KILLS).format(self.dice.randint(1, 12))
        self.told[-1] += f" {operation} at {point}"
        given = {"encryption": self.place.encryption, "clock": str(self.clock)}
        run, folder = self.forge.run, self.place.folder
        code = await trio.to_thread.run_sync(lambda: run(folder, operation, point, **given))
        assert code in (0, -9) or self.hurt, code
        self.forget_gone()
        if code == 0 and operation.startswith("backup"):
            self.note_newest()

    async def broken_line(self) -> None:
        self.place.accidents = Accidents(self.dice.randrange(1000), 0.3)
        with contextlib.suppress(DestinationError):
            await self.place.back_up()
            self.note_newest()
        self.place.accidents = None

    async def spoil(self) -> None:
        """Not before the database knows all that is there."""
        await self.back_up()
        kind = self.dice.choice(("dblock", "dblock", "dindex", "dlist"))
        path = self.dice.choice(self.place.volumes(kind))
        content = path.read_bytes()
        how = self.dice.choice(("gone", "cut off", "spoiled"))
        self.told[-1] += f": a {kind} is {how}"
        if kind == "dblock":
            self.spoiled.add(path.name)
        if how == "gone":
            path.unlink()
        elif how == "cut off":
            path.write_bytes(content[: self.dice.randrange(len(content))])
        else:
            at = self.dice.randrange(len(content) - 8)
            path.write_bytes(content[:at] + noise(8, at) + content[at + 8 :])
            await self.place.verify()
        self.hurt = True

    async def lose_database(self) -> None:
        """Whoever loses both loses what was in the database alone."""
        if self.hurt:
            await self.purge_broken()
        self.place.lose_database()

    async def compact(self) -> None:
        await self.back_up()
        await self.place.compact(threshold=5)

    async def repair(self) -> None:
        if await self.place.repair() is None:
            self.place.lose_database()

    async def purge_broken(self) -> None:
        """What is left is what the model has, without what was told as broken."""
        await self.back_up()
        await purging.purged_broken(self.place)
        self.hurt = False
        found = self.check_sound()
        before, self.versions = self.versions, {}
        for number, version in enumerate(found.versions):
            target = self.scratch()
            restore(found, number, target)
            whole = {path: each.content for path, each in contents(target).items() if each.kind == "file"}
            holding = (files for files in before.values() if whole.items() <= files.items())
            old = before.get(version.name) or next(holding, None)
            if old is not None:
                assert whole.items() <= old.items(), version.name
            self.versions[version.name] = whole

    async def purge(self) -> None:
        """A file goes from all versions, and nothing else does."""
        if self.hurt:
            await self.purge_broken()
        await self.back_up()
        names = {path.rsplit(b"/", 1)[-1] for path in _files(self.place.source)}
        name = self.dice.choice(sorted(names or {b"f0"}))
        before = [path.name for path in self.place.volumes("dlist")]
        await purging.purged(self.place, [f"*/{name.decode()}"])
        after = [path.name for path in self.place.volumes("dlist")]
        assert len(after) == len(before)
        self.versions = {
            new: {path: each for path, each in self.versions[old].items() if path.rsplit(b"/", 1)[-1] != name}
            for old, new in zip(before, after, strict=True)
            if old in self.versions
        }

    # --- what must hold ----------------------------------------------------------------------------------

    def note_newest(self) -> None:
        """After a backup that came to its end."""
        self.forget_gone()
        newest = self.place.volumes("dlist")[-1].name
        self.versions.setdefault(newest, _files(self.place.source))

    async def _knows_anything(self) -> bool:
        async with open_database(self.place.database) as database:
            return await database.read(any_volumes)

    def forget_gone(self) -> None:
        there = {path.name for path in self.place.volumes("dlist")}
        self.versions = {name: files for name, files in self.versions.items() if name in there}

    async def check_newest(self) -> None:
        target = self.scratch()
        result = await self.place.restore(target)
        assert result.errors == [], [each.text for each in result.errors][:3]
        restored, source = tree(target), tree(self.place.source)
        both = restored.keys() | source.keys()
        differing = sorted(path for path in both if restored.get(path) != source.get(path))
        assert restored == source, f"the newest version is not the source: {differing[:3]}"

    def check_sound(self) -> Destination:
        """Every version is whole and no index lies. Half an upload may lie about when the database that knew
        of it is lost: nothing needs it."""
        found = read_destination(self.place.remote, self.place.passphrase)
        damage = [
            each
            for each in found.damage
            if (".dlist." in each.split(":")[0] or any(lie in each for lie in _LIES))
            and not any(name in each for name in self.spoiled)
        ]
        assert damage == [], damage[:3]
        return found

    def check_versions(self) -> None:
        found = read_destination(self.place.remote, self.place.passphrase)
        for number, version in enumerate(found.versions):
            if version.name in self.versions:
                target = self.scratch()
                restore(found, number, target)
                files = {path: each.content for path, each in contents(target).items() if each.kind == "file"}
                assert files == self.versions[version.name], f"{version.name} is not what it was"

    def scratch(self) -> Path:
        target = self.place.folder / "scratch"
        shutil.rmtree(target, ignore_errors=True)
        return target


def _files(folder: Path) -> dict[bytes, bytes]:
    return {path: each.content for path, each in contents(folder).items() if each.kind == "file"}


async def live(folder: Path, seed: int, turns: int, forge: Forge, encryption: str = "") -> None:
    """Raises `AssertionError` with the whole story."""
    place = Place(folder, encryption=encryption)
    place.source.mkdir()
    life = Life(place, Random(seed), forge)
    try:
        set_clock(str(life.clock))
        life.told.append("back_up")
        life.change()
        await life.back_up()
        for _ in range(turns):
            await life.turn()
    except Exception as error:
        raise AssertionError(f"seed {seed}: {'; '.join(life.told)}: {error!r}") from error
    finally:
        set_clock("")


