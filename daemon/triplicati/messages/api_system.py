"""What this server is and can do, as Duplicati's clients ask for it (spec/server.md 3.12)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class OptionInfo(msgspec.Struct, frozen=True, rename="pascal"):
    """`type`: String, Integer, Boolean, Timespan, DateTime, Size, Enumeration, Path, Password, Flags or
    Decimal; `typename` is the same. Ours: `group`, what it is about, and `unit` of a size, which is what a
    bare number counts."""

    name: str
    type: str
    typename: str
    short_description: str
    long_description: str
    default_value: str | None = None
    valid_values: list[str] | None = None
    aliases: list[str] | None = None
    deprecated: bool = False
    deprecation_message: str = ""
    group: str = ""
    unit: str = ""


class ModuleInfo(msgspec.Struct, frozen=True, rename="pascal"):
    """`lookups` are lists of values by name, each a value by its label; `form` says how a page asks for the
    address of a kind of destination (see `storage.forms`)."""

    key: str
    display_name: str
    description: str
    options: list[OptionInfo] = []
    lookups: dict[str, dict[str, str]] | None = None
    is_deprecated: bool = False
    is_untested: bool = False
    form: dict[str, str | bool | list[str]] | None = None


class FolderInfo(msgspec.Struct, frozen=True, rename="pascal"):
    id: str = msgspec.field(name="ID")
    path: str


class LocaleInfo(msgspec.Struct, frozen=True, rename="pascal"):
    code: str = "en"
    english_name: str = "English"
    display_name: str = "English"


class TimeZoneInfo(msgspec.Struct, frozen=True, rename="pascal"):
    """`current_utc_offset` is a TimeSpan, such as ``-05:00:00``."""

    id: str = msgspec.field(name="ID")
    display_name: str
    current_utc_offset: str = msgspec.field(name="CurrentUTCOffset")


class LicenseStatus(msgspec.Struct, frozen=True, rename="pascal"):
    """Of a paid product; always empty here."""

    is_configured: bool = False
    is_valid: bool = False
    is_in_grace_period: bool = False
    expires_at: datetime | None = None
    expires_with_grace_at: datetime | None = None
    features: dict[str, str] | None = None


class SystemInfo(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """All members are always there."""

    api_version: int = msgspec.field(default=1, name="APIVersion")
    password_placeholder: str
    server_version: str
    server_version_name: str
    server_version_type: str
    remote_control_registration_url: str = ""
    remote_control_dashboard_url: str = ""
    started_by: str
    default_update_channel: str = "Stable"
    default_usage_report_level: str = "None"
    server_time: datetime
    server_time_zone: str
    os_type: str = msgspec.field(name="OSType")
    os_version: str = msgspec.field(name="OSVersion")
    directory_separator: str
    path_separator: str
    case_sensitive_filesystem: bool
    machine_name: str
    package_type_id: str
    user_name: str
    new_line: str
    clr_version: str = msgspec.field(name="CLRVersion")
    options: list[OptionInfo]
    server_only_options: list[OptionInfo] = []
    compression_modules: list[ModuleInfo]
    encryption_modules: list[ModuleInfo]
    backend_modules: list[ModuleInfo]
    generic_modules: list[ModuleInfo]
    web_modules: list[ModuleInfo] = []
    connection_modules: list[ModuleInfo]
    source_provider_modules: list[ModuleInfo] = []
    restore_destination_provider_modules: list[ModuleInfo] = []
    server_modules: list[ModuleInfo] = []
    secret_provider_modules: list[ModuleInfo]
    using_alternate_update_urls: bool = msgspec.field(default=False, name="UsingAlternateUpdateURLs")
    log_levels: list[str]
    special_folders: list[FolderInfo]
    browser_locale: LocaleInfo = LocaleInfo()
    supported_locales: list[LocaleInfo]
    browser_locale_supported: bool = True
    time_zones: list[TimeZoneInfo]
    api_extensions: list[str] = msgspec.field(name="APIExtensions")
    api_scopes: list[str] = msgspec.field(name="APIScopes")
    default_oauth_url: str = msgspec.field(
        default="https://duplicati-oauth-handler.appspot.com/refresh", name="DefaultOAuthURL"
    )
    default_oauth_url_v2: str = msgspec.field(
        default="https://oauth-service.duplicati.com/refresh", name="DefaultOAuthURLv2"
    )
    power_mode_providers: list[str]
    local_license_status: LicenseStatus = LicenseStatus()
    remote_license_status: LicenseStatus | None = None


class FilterGroups(msgspec.Struct, frozen=True, rename="pascal"):
    """The rules of each group, by its name and by its other names."""

    filter_groups: dict[str, list[str]]
