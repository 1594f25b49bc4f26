using System.Globalization;
using System.Text.RegularExpressions;

namespace AzImageTools.Services.Generalize;

/// <summary>A script that this module runs in guests. Its first line, behind a shebang, tells its name and version: <c># AzImageTools guest script: sysprep 1</c>.</summary>
internal sealed record GuestScript
{
    private const string Mark = "# AzImageTools guest script: ";
    private static readonly Regex FirstLine = new($"^(#![^\n]*\n)?{Mark}(?<id>[a-z-]+) (?<version>[0-9]+)\n", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private GuestScript(string text)
    {
        Match match = FirstLine.Match(text);
        Id = match.Success ? match.Groups["id"].Value : throw new InvalidOperationException("A guest script has no first line that tells what it is.");
        Version = int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture);
        Text = text;
    }

    /// <summary>Generalizes a Windows and shuts it down.</summary>
    public static GuestScript Sysprep { get; } = new(Read("sysprep.ps1"));

    /// <summary>Deprovisions a Linux and powers it off.</summary>
    public static GuestScript Deprovision { get; } = new(Read("deprovision.sh"));

    /// <summary>Gathers evidence on a Windows: the parameter Chunk tells which part to print.</summary>
    public static GuestScript EvidenceOfWindows { get; } = new($"{Mark}collect 1\n{Read("collect-windows.ps1")}");

    /// <summary>Gathers evidence on a Linux: the parameter chunk tells which part to print.</summary>
    public static GuestScript EvidenceOfLinux { get; } = new(Read("collect-linux.sh").Replace("#!/bin/sh\n", $"#!/bin/sh\n{Mark}collect 1\n"));

    /// <summary>What it does.</summary>
    public string Id { get; }

    /// <summary>Counts changes of what it does.</summary>
    public int Version { get; }

    /// <summary>The script.</summary>
    public string Text { get; }

    private static string Read(string name)
    {
        using Stream stream = typeof(GuestScript).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The module lacks {name}.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Replace("\r\n", "\n");
    }
}
