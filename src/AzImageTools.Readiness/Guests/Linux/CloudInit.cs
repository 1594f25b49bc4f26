
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>What of cloud-init is installed and configured. Of files that set the same, the last counts.</summary>
internal sealed class CloudInit(Guest guest)
{
    /// <summary>The folder of its configuration.</summary>
    public const string Folder = "etc/cloud/cloud.cfg.d";

    private static readonly string[] Programs = ["usr/bin/cloud-init", "usr/local/bin/cloud-init", "bin/cloud-init"];
    private static readonly string[] False = ["false", "no", "off", "0"];

    private readonly Lazy<bool> _isInstalled = new(() => guest.FindFirst(Programs) is not null);
    private readonly Lazy<(string Path, Version Version)?> _package = new(() => PythonPackages.Find(guest, "cloud_init") ?? PythonPackages.FindAssigned(guest, "cloudinit/version.py", "__VERSION__"));
    private readonly Lazy<bool> _isEnabled = new(() => !SystemUnits.IsUsed(guest) || SystemUnits.IsEnabled(guest, "cloud-init-local"));
    private readonly Lazy<IReadOnlyList<TextLine>> _configuration = new(() => ReadConfiguration(guest));

    /// <summary>Whether it is installed.</summary>
    public bool IsInstalled => _isInstalled.Value;

    /// <summary>Whether it is installed and starts with the system, as the agent asks systemd (azurelinuxagent/pa/provision/cloudinitdetect.py).</summary>
    public bool IsEnabled => IsInstalled && _isEnabled.Value;

    /// <summary>Its version; null where that is not told.</summary>
    public Version? Version => _package.Value?.Version;

    /// <summary>Whether it is kept from running, although it starts.</summary>
    public bool IsDisabled => guest.GetFile("etc/cloud/cloud-init.disabled") is not null;

    /// <summary>Whether it makes new host keys for SSH when a new machine starts, as it does unless told otherwise.</summary>
    public bool DeletesHostKeys
        => Find("ssh_deletekeys") is not { } line || Array.IndexOf(False, ValueOf(line).Trim('\'', '"').ToLowerInvariant()) < 0;

    /// <summary>The network that its settings have, which counts before what a data source tells (cloud-init, "Network configuration"); null where they have none.</summary>
    public (TextLine Line, bool IsDisabled)? Network
        => Find("network") is { } line
            ? (line, (ValueOf(line) is { Length: > 0 } value ? value : _configuration.Value.SkipWhile(other => other != line).Skip(1).FirstOrDefault()?.Text ?? string.Empty).IndexOf("disabled", StringComparison.Ordinal) >= 0)
            : null;

    /// <summary>What keeps it from setting up the network as Azure's metadata has it; null where nothing does.</summary>
    public TextLine? AppliesAzureNetwork
        => Find("apply_network_config") is { } line && Array.IndexOf(False, ValueOf(line).TrimEnd('}', ' ').ToLowerInvariant()) >= 0 ? line : null;

    /// <summary>The data sources that it looks for, and where they are listed; null where nothing lists them.</summary>
    public (TextLine Line, IReadOnlyList<string> Names)? DataSources
    {
        get
        {
            if (Find("datasource_list") is not { } line)
            {
                return null;
            }

            string value = ValueOf(line);
            IEnumerable<string> names = value.Length > 0
                ? value.Trim('[', ']', ' ').Split(',')
                : _configuration.Value
                    .SkipWhile(other => other != line).Skip(1)
                    .TakeWhile(other => other.Path == line.Path && other.Text[0] == '-')
                    .Select(static other => other.Text.Substring(1));
            return (line, [.. names.Select(static name => name.Trim(' ', '\'', '"')).Where(static name => name.Length > 0)]);
        }
    }

    private static IReadOnlyList<TextLine> ReadConfiguration(Guest guest)
        => [.. TextLine.Read(guest, "etc/cloud/cloud.cfg") ?? [], .. guest.ReadIn(Folder, static entry => entry.IsLike(string.Empty, ".cfg"))];

    private static string ValueOf(TextLine line) => line.Text.Substring(line.Text.IndexOf(':') + 1).Split('#')[0].Trim();

    private TextLine? Find(string key)
        => _configuration.Value.LastOrDefault(line => (key != "network" || !line.IsIndented) && line.Text.StartsWith(key, StringComparison.Ordinal) && line.Text.Substring(key.Length).TrimStart().StartsWith(":", StringComparison.Ordinal));
}
