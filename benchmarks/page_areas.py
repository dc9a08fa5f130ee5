"""The page of many made areas, as large as pages of small areas come."""

from __future__ import annotations

import geopandas as gpd

import maps


def made_page(areas: gpd.GeoDataFrame) -> maps.Page:
    """Describe a page with a layer for each figure, a panel, a search and a long table of the first thousand areas."""
    columns = [
        maps.Column(name, name.replace("_", " ").capitalize(), unit="per 1,000", decimals=1)
        for name in areas.columns
        if name.startswith("figure_")
    ]
    layers = [
        maps.Choropleth(
            key=f"layer-{place}",
            title=column.label,
            column=column.column,
            palette=maps.ramp("access" if place % 2 else "need", 5),
            breaks=(15, 28, 42, 63),
            unit=column.unit,
            decimals=1,
            label_top=3,
        )
        for place, column in enumerate(columns)
    ]
    return maps.Page(
        title=f"{len(areas):,} made areas",
        subtitle="Made figures.",
        areas=areas,
        id_column="code",
        name_column="name",
        group_column="group",
        area_noun="small areas",
        choropleths=layers,
        tooltip=columns[:4],
        panel=maps.Panel(figures=[maps.PanelFigure(column, ranked="high") for column in columns[:4]]),
        tables=[
            maps.Table(
                key="areas-listed",
                title="The first thousand",
                frame=areas.drop(columns="geometry").head(1000),
                columns=[maps.Column("name", "Area"), *columns[:4]],
                caption="Made.",
                id_column="code",
                is_long=True,
                links="areas",
            )
        ],
    )
