"""What every command shares: the console, and settings whose mistakes are told in a sentence."""

from pydantic import ValidationError
from rich.console import Console

from config import Settings, SettingsError

console = Console()


def settings() -> Settings:
    """The settings of the environment; a wrong one is named in one sentence."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "GAVEL_" + "_".join(str(each) for each in first["loc"]).upper()
        raise SettingsError(f"{name} cannot be used: {first['msg']}.") from error
