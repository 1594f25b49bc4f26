namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>What a boot entry starts, and the parameters that it hands to the kernel.</summary>
/// <param name="Place">The file and line that they stand in.</param>
/// <param name="Parameters">The parameters.</param>
internal sealed record KernelCommandLine(string Place, IReadOnlyList<string> Parameters)
{
    private static readonly string[] Rescue = ["single", "recovery", "rescue", "systemd.unit=rescue.target", "systemd.unit=emergency.target"];

    /// <summary>The line that hands them over; null where they are part of a program.</summary>
    public TextLine? Line { get; init; }

    /// <summary>The kernel's file, as the entry names it; null where it names none.</summary>
    public string? Kernel { get; init; }

    /// <summary>The files of the initramfs, as the entry names them.</summary>
    public IReadOnlyList<string> Archives { get; init; } = [];

    /// <summary>The last of them, which is the initramfs itself where others hold microcode; null where there is none.</summary>
    public string? Initramfs => Archives.Count > 0 ? Archives[Archives.Count - 1] : null;

    /// <summary>Whether the entry is for repair, by its parameters or by its name.</summary>
    public bool IsRescue => IsNamedRescue || Parameters.Any(static parameter => Array.IndexOf(Rescue, parameter) >= 0);

    /// <summary>Whether the name of the entry's file says so.</summary>
    public bool IsNamedRescue { get; init; }

    /// <summary>Whether there is a parameter: alone or with a value.</summary>
    /// <param name="parameter">Such as "quiet", "console=ttyS0" (also with options behind a comma), "rootdelay=300".</param>
    public bool Has(string parameter)
        => Parameters.Any(other => other.StartsWith(parameter, StringComparison.Ordinal) && (other.Length == parameter.Length || other[parameter.Length] == ','));

    /// <summary>The values of a parameter, in their order.</summary>
    public IEnumerable<string> ValuesOf(string name)
        => Parameters
            .Where(parameter => parameter.Length > name.Length && parameter[name.Length] == '=' && parameter.StartsWith(name, StringComparison.Ordinal))
            .Select(parameter => parameter.Substring(name.Length + 1));
}
