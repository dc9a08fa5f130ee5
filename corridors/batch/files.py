"""The files of a batch: its tables, its minutes for whoever audits them, its pages and its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import maps
from corridors.batch.names import STATIONS, page_names
from corridors.batch.pages import BatchPages
from corridors.batch.station_catchments import FOUND, GROUPS
from corridors.batch.units import DIRECTIONS
from corridors.batch.words import definition_with_notice, definitions
from corridors.errors import OutputError, ToolkitError
from corridors.manifest import write_manifest
from corridors.outputs import prepare_folder, write_csv, write_parquet, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from corridors.batch.counting import Minutes
    from corridors.batch.plan import Plan
    from corridors.batch.tables import Tables
    from corridors.inputs import Inputs
    from corridors.manifest import Request
    from corridors.progress import Progress

_COUNTS: Final = (
    *GROUPS,
    "all_residents",
    "residents_in_several",
    *FOUND,
    "residents_within",
    "residents_within_longest",
)
_MINUTES: Final = ("threshold_min", "minute", "target", "minutes", "onward_min", "over_min", "longest_min")
_TIMES: Final = pa.schema(
    [
        ("station_id", pa.string()),
        ("direction", pa.string()),
        ("scenario", pa.string()),
        ("window", pa.string()),
        ("kind", pa.string()),
        ("place_id", pa.string()),
        ("minutes", pa.float64()),
    ]
)


def write_results(
    folder: Path,
    request: Request,
    plan: Plan,
    inputs: Inputs,
    tables: Tables,
    minutes: Minutes,
    *,
    progress: Progress,
) -> dict[str, Path]:
    """Write every output of a batch; the manifest last, because it holds the hashes of the others.

    Parameters
    ----------
    folder
        The folder of the results.
    request
        What was asked.
    plan, inputs, tables
        Stations and scenarios, the study's tables, and what was found.
    minutes
        Gives the minutes of a part.
    progress
        Told what is written.

    Returns
    -------
        The files by their path from the folder.

    Raises
    ------
    OutputError
        When one cannot be written.
    """
    progress("Writing tables", 0)
    outputs = {
        f"{name}.csv": write_csv(folder / f"{name}.csv", _printed(table, plan))
        for name, table in (
            ("summary", tables.summary),
            ("curve", tables.curve),
            ("targets", tables.targets),
            ("onward", tables.onward),
        )
    }
    catchments = tables.catchments.assign(definition=_definition(tables.catchments, plan))
    outputs["catchments.parquet"] = write_parquet(folder / "catchments.parquet", catchments)
    outputs["times.parquet"] = write_whole(
        folder / "times.parquet", lambda part: _write_times(part, plan, minutes)
    )
    progress("Writing tables", 1)
    outputs |= _write_pages(
        folder, BatchPages(plan, inputs, tables, minutes, request.run_id), progress=progress
    )
    write_manifest(
        folder,
        request,
        outputs=outputs,
        definitions=definitions(plan),
        figures=_figures(tables),
        notes=tables.notes,
        service_date=plan.study.service_date,
    )
    return outputs


def _write_pages(folder: Path, pages: BatchPages, *, progress: Progress) -> dict[str, Path]:
    """Draw a page for each station that was answered and one for all, and take away those of stations of before."""
    ids = [station for station in pages.plan.stations.table["station_id"] if pages.answered(station)]
    drawn, outputs = prepare_folder(folder / STATIONS), {}
    for done, (station, name) in enumerate(page_names(ids).items()):
        progress("Drawing pages", done / (len(ids) + 1))
        outputs[f"{STATIONS}/{name}"] = _draw(pages.station(station), drawn / name)
    outputs["index.html"] = _draw(pages.index(), folder / "index.html")
    for other in set(drawn.glob("*.html")) - set(outputs.values()):
        other.unlink()
    progress("Drawing pages", 1)
    return outputs


def _printed(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Give a table as it is written: whole people, and the definition beside every row."""
    whole = {name: table[name].round().astype("Int64") for name in _COUNTS if name in table.columns}
    for name in _MINUTES:
        # 22.5 stays 22.5, and infinity stays.
        if name in table.columns and (table[name].isna() | (table[name] % 1 == 0)).all():
            whole[name] = table[name].astype("Int64")
    return table.assign(**whole, definition=_definition(table, plan))


def _definition(table: pd.DataFrame, plan: Plan) -> pd.Series[str]:
    said = {"-".join(window): definition_with_notice(plan.study, window) for window in plan.windows}
    return table["window"].map(said).fillna(plan.study.study.notice)


def _write_times(path: Path, plan: Plan, minutes: Minutes) -> None:
    """Write the minutes of every station, part after part, so that they never stand in memory together."""
    with pq.ParquetWriter(path, _TIMES.with_metadata(_said(plan))) as writer:
        for case in plan.cases:
            for window in plan.windows:
                for direction in DIRECTIONS:
                    places = plan.asked(direction)
                    for part in plan.parts(direction, case, window):
                        found = minutes(part)
                        if isinstance(found, ToolkitError):
                            continue
                        labels = {
                            "station_id": part.station,
                            "direction": direction,
                            "scenario": case.key,
                            "window": "-".join(window),
                        }
                        rows = pd.DataFrame(
                            {"kind": places["kind"], "place_id": places["id"], "minutes": found}
                        )
                        table = pa.Table.from_pandas(
                            rows.assign(**labels), schema=_TIMES, preserve_index=False
                        )
                        writer.write_table(table)


def _said(plan: Plan) -> dict[str, str]:
    """Say what the minutes are, inside the file."""
    return {
        f"definition {'-'.join(window)}": definition_with_notice(plan.study, window)
        for window in plan.windows
    }


def _figures(tables: Tables) -> Mapping[str, float]:
    """Give the residents within each threshold of all stations, or of the only one, as headline figures."""
    rows = tables.summary[
        tables.summary["direction"].eq("to") & tables.summary["status"].isin(["ok", "empty"])
    ]
    last = rows.drop_duplicates(["scenario", "window", "threshold_min"], keep="last")
    return {
        f"residents {row['scenario']} {row['window']} {row['threshold_min']:g}": float(row["residents"])
        for row in last.to_dict("records")
    }


def _draw(page: maps.Page, path: Path) -> Path:
    try:
        return maps.write_page(page, path)
    except maps.MapsError as error:
        raise OutputError(f"{path.name}: {error}") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
