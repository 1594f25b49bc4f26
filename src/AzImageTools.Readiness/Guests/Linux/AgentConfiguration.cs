
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>The Azure Linux agent's configuration, read as the agent reads it (azurelinuxagent/common/conf.py).</summary>
internal sealed class AgentConfiguration
{
    private const string None = "None";

    private static readonly string[] Paths = ["etc/waagent.conf", "usr/share/oem/waagent.conf"];

    private readonly IReadOnlyList<TextLine> _lines;

    private AgentConfiguration(string path, IReadOnlyList<TextLine> lines)
    {
        Path = path;
        _lines = lines;
    }

    /// <summary>The file's path from the root.</summary>
    public string Path { get; }

    /// <summary>Who provisions a new machine: auto, cloud-init, waagent or disabled. The agent takes what it does not know, capitals too, for waagent.</summary>
    public string ProvisioningAgent => Find("Provisioning.Agent")?.Value ?? "auto";

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="EvidenceUnavailableException">The file can't be read.</exception>
    public static AgentConfiguration? Read(Guest guest)
        => guest.FindFirst(Paths) is { } path && TextLine.Read(guest, path) is { } lines ? new AgentConfiguration(path, lines) : null;

    /// <summary>Whether a switch is on; a switch that is not set is off.</summary>
    public bool IsOn(string name) => Find(name) is { } setting && string.Equals(setting.Value, "y", StringComparison.OrdinalIgnoreCase);

    /// <summary>A setting's value; null where it is not set.</summary>
    public string? ValueOf(string name) => Find(name)?.Value;

    /// <summary>A setting as evidence.</summary>
    public Observation See(string name, string? expected = null)
    {
        (string place, string seen) = Find(name) is { } setting ? (setting.Line.Place, $"{name}={setting.Value}") : ($"/{Path}", $"{name} is not set");
        return new Observation(place, expected is null ? seen : $"{seen}; expected {expected}");
    }

    private (TextLine Line, string Value)? Find(string name)
    {
        TextLine? line = _lines.LastOrDefault(line => line.Text.Split('=')[0].Trim() == name && line.Text.IndexOf('=') > 0);
        string value = line?.Text.Split(['='], 2)[1].Split('#')[0].Trim(' ', '"', '\t') ?? None;
        return line is null || value == None ? null : (line, value);
    }
}
