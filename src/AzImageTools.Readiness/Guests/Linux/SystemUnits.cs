

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Tells which services start with the system: by systemd's links, by those of System V's run levels, or by OpenRC's.</summary>
internal static class SystemUnits
{
    private const string Settings = "etc/systemd/system";
    private const string OpenRc = "etc/runlevels";

    private static readonly string[] UnitFolders = [Settings, "usr/lib/systemd/system", "lib/systemd/system"];
    private static readonly string[] Targets = ["multi-user.target", "sockets.target", "default.target", "graphical.target", "cloud-init.target"];
    private static readonly string[] OpenRcLevels = ["default", "boot", "sysinit"];
    private static readonly string[] RunLevels = ["etc/rc3.d", "etc/rc.d/rc3.d", "etc/init.d/rc3.d"];

    /// <summary>Whether systemd or OpenRC starts services here, and was told which: before its first start a system may not be.</summary>
    public static bool IsUsed(Guest guest) => guest.GetFile(Settings) is not null || guest.GetFile(OpenRc) is not null;

    /// <summary>Whether a service starts with the system.</summary>
    public static bool IsEnabled(Guest guest, string name) => SeeEnabled(guest, name).IsEnabled;

    /// <summary>Whether one of the services starts with the system, and what says so.</summary>
    public static (bool IsEnabled, Observation[] Evidence) SeeEnabled(Guest guest, params string[] names)
    {
        string[] units = [.. names.SelectMany(static name => new[] { $"{name}.service", $"{name}.socket" })];
        string[] masked = [.. units.Select(static unit => $"{Settings}/{unit}").Where(path => guest.GetFile(path).IsMask())];
        string? link = units
            .Where(unit => Array.IndexOf(masked, $"{Settings}/{unit}") < 0)
            .SelectMany(static unit => UnitFolders.SelectMany(folder => Targets.Select(target => $"{folder}/{target}.wants/{unit}")))
            .FirstOrDefault(path => guest.GetFile(path) is not null)
            ?? RunLevels.SelectMany(level => guest.FindIn(level, entry => Array.Exists(names, name => IsStart(entry.Name, name)))).FirstOrDefault();
        link ??= OpenRcLevels.SelectMany(level => names.Select(name => $"{OpenRc}/{level}/{name}")).FirstOrDefault(path => guest.GetFile(path) is not null);
        if (link is not null)
        {
            return (true, [new Observation($"/{link}", "exists")]);
        }

        return masked.Length > 0
            ? (false, [.. masked.Select(static path => new Observation($"/{path}", "a link to nothing: the service is masked"))])
            : guest.GetFile(Settings) is null && guest.GetFile(OpenRc) is not null ? (false, [new Observation($"/{OpenRc}", $"no run level starts {string.Join(" or ", names)}")])
            : (false, [new Observation($"/{Settings}", $"no target starts {string.Join(" or ", names)}")]);
    }

    // S, two digits of the order, the service.
    private static bool IsStart(string link, string name)
        => link.Length == name.Length + 3 && link[0] == 'S' && link.EndsWith(name, StringComparison.Ordinal);
}
