"""One clean feed as text, and the small edits that make it odd or break it, one defect each."""

from __future__ import annotations

import codecs
import csv
import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: A feed without a single finding: a station with a platform, an exception, a repeated trip and a transfer rule.
CLEAN: Mapping[str, str] = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_lang
A,Made Buses,https://example.org,Europe/London,en
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
P,Park Station,52.500,-1.900,1,
P1,Park platform 1,52.500,-1.901,0,P
B,"Bank, the",52.510,-1.900,0,
C,Castle,52.520,-1.900,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type
R,A,1,Park to Castle,3
S,A,,The shuttle,0
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,direction_id,block_id
R,daily,T1,Castle,0,
R,daily,T2,Castle,0,
S,daily,T3,Bank,1,
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
T1,07:00:00,07:00:00,P1,1,0,1
T1,07:05:00,07:06:00,B,2,,
T1,07:12:00,07:12:00,C,3,1,0
T2,08:00:00,08:00:00,P1,1,0,1
T2,08:05:00,08:06:00,B,2,,
T2,08:12:00,08:12:00,C,3,1,0
T3,09:00:00,09:00:00,C,1,,
T3,09:07:00,09:07:00,B,2,,
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20261231
""",
    "calendar_dates.txt": """\
service_id,date,exception_type
daily,20261225,2
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
T3,09:00:00,10:00:00,600,1
""",
    "transfers.txt": """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time
P,B,2,180
""",
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version
Made,https://example.org,en,20260101,20261231,1
""",
}

#: Changes the feed that lies in a folder; gives the path to read where that is another.
Edit = Callable[[Path], Path | None]


def write_clean(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in CLEAN.items():
        (folder / name).write_bytes(text.encode())
    return folder


# Edits of text


def swap(file: str, old: str, new: str) -> Edit:
    """Replace the first occurrence of a text, which must be there."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_bytes()
        assert old.encode() in text, old
        (folder / file).write_bytes(text.replace(old.encode(), new.encode(), 1))

    return edit


def add(file: str, *rows: str) -> Edit:
    """Add rows at the end."""
    return recode(lambda text: text + b"".join(f"{row}\n".encode() for row in rows), file)


def write(file: str, content: str | bytes) -> Edit:
    """Put a file there, whatever it was."""

    def edit(folder: Path) -> None:
        (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)

    return edit


def drop(*files: str) -> Edit:
    def edit(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return edit


def renamed(file: str, to: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / file).rename(folder / to)

    return edit


def header_only(file: str) -> Edit:
    return recode(lambda text: text.splitlines(keepends=True)[0], file)


def recode(change: Callable[[bytes], bytes], *files: str) -> Edit:
    """Change the bytes of some files, or of all."""

    def edit(folder: Path) -> None:
        for name in files or CLEAN:
            (folder / name).write_bytes(change((folder / name).read_bytes()))

    return edit


def reshape(change: Callable[[list[list[str]]], list[list[str]]], *files: str) -> Edit:
    """Change the cells of some files, or of all, header row included."""

    def rewrite(content: bytes) -> bytes:
        stream = io.StringIO()
        rows = change(list(csv.reader(io.StringIO(content.decode()))))
        csv.writer(stream, lineterminator="\n").writerows(rows)
        return stream.getvalue().encode()

    return recode(rewrite, *files)


def column(file: str, name: str, *values: str) -> Edit:
    """Add a column, empty below the values given."""

    def widen(rows: list[list[str]]) -> list[list[str]]:
        cells = [name, *values, *[""] * len(rows)]
        return [[*row, cell] for row, cell in zip(rows, cells, strict=False)]

    return reshape(widen, file)


def both(*edits: Edit) -> Edit:
    def edit(folder: Path) -> Path | None:
        path = None
        for one in edits:
            path = one(folder) or path
        return path

    return edit


def quote_all(content: bytes) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(csv.reader(io.StringIO(content.decode())))
    return stream.getvalue().encode()


def with_bom(content: bytes) -> bytes:
    return codecs.BOM_UTF8 + content


# Edits of folders and zips


def nested(folder: Path) -> None:
    (folder / "made").mkdir()
    for name in CLEAN:
        (folder / name).rename(folder / "made" / name)


def linked(file: str) -> Edit:
    """Put a symbolic link to a file outside in the file's place."""

    def edit(folder: Path) -> None:
        (folder / file).rename(folder.parent / f"outside-{file}")
        (folder / file).symlink_to(folder.parent / f"outside-{file}")

    return edit


def linked_folder(folder: Path) -> None:
    nested(folder)
    (folder / "made").rename(folder.parent / "outside")
    (folder / "made").symlink_to(folder.parent / "outside", target_is_directory=True)


def folder_as_file(file: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return edit


@dataclass(frozen=True)
class Member:
    """A further member of a zip."""

    name: str
    content: bytes = b"what is this\n"
    mode: int = stat.S_IFREG | 0o644


def zipped(*members: Member, rename: Callable[[str], str] = str, without: tuple[str, ...] = ()) -> Edit:
    """Pack the feed as ``feed.zip`` beside its folder, with further members after its own."""

    def edit(folder: Path) -> Path:
        path = folder.parent / "feed.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in CLEAN:
                if name not in without:
                    archive.write(folder / name, rename(name))
            for member in members:
                info = zipfile.ZipInfo(member.name)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = member.mode << 16
                archive.writestr(info, member.content)
        return path

    return edit


def bytes_of_zip(change: Callable[[bytes], bytes]) -> Edit:
    """Pack the feed, then change the zip's own bytes."""

    def edit(folder: Path) -> Path:
        path = zipped()(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return edit


def encrypted(content: bytes) -> bytes:
    """Set the mark of encryption on every member, where it stands locally and in the list."""
    data = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def zip_of(content: bytes, name: str = "feed.zip") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def file_instead(name: str, content: bytes) -> Edit:
    """Read a file with some content where a feed should be."""

    def edit(folder: Path) -> Path:
        path = folder.parent / name
        path.write_bytes(content)
        return path

    return edit
