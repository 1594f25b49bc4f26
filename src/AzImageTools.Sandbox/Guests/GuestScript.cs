using System.Text.RegularExpressions;

namespace AzImageTools.Sandbox.Guests;

/// <summary>
/// A script that the sandbox knows by its first line (behind a shebang, where there is one): <c># AzImageTools guest script: ID VERSION</c>. The rest is never looked at.
/// </summary>
/// <param name="Id">Such as sysprep or deprovision.</param>
/// <param name="Version">The script's version.</param>
internal sealed record GuestScript(string Id, int Version)
{
    private static readonly Regex Marker = new(
        "^(#![^\\n]*\\n)?# AzImageTools guest script: (?<id>[a-z][a-z0-9-]{0,39}) (?<version>[0-9]{1,6})[ \\t]*(\\r?\\n|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>Whether it generalizes its guest.</summary>
    public bool Generalizes => Id is "sysprep" or "deprovision";

    /// <summary>The script of that text; null for one without the line.</summary>
    public static GuestScript? Read(string text)
    {
        var match = Marker.Match(text.Length > 1000 ? text.Substring(0, 1000) : text);
        return match.Success ? new GuestScript(match.Groups["id"].Value, int.Parse(match.Groups["version"].Value, System.Globalization.CultureInfo.InvariantCulture)) : null;
    }
}
