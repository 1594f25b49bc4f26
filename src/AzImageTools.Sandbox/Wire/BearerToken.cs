using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Wire;

/// <summary>What a bearer token tells of itself. Nobody checks its signature.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The tenant of a token (<c>tid</c>); null for one that names none: it is of every tenant.</summary>
    public static string? TenantOf(string token)
    {
        var parts = token.Split('.');
        if (parts.Length < 2)
        {
            return null;
        }

        try
        {
            var text = parts[1].Replace('-', '+').Replace('_', '/');
            var payload = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
            return JsonNode.Parse(Encoding.UTF8.GetString(payload)) is JsonObject claims && claims["tid"] is JsonValue value && value.TryGetValue<string>(out var tenant) ? tenant : null;
        }
        catch (Exception problem) when (problem is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The tokens of a header's value, as <c>Bearer one, Bearer other</c>; null where it is written otherwise.</summary>
    public static IReadOnlyList<string>? ReadAll(string? header)
    {
        var parts = (header ?? "").Split([','], StringSplitOptions.RemoveEmptyEntries).Select(part => part.Trim()).ToList();
        return parts.TrueForAll(part => part.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && part.Length > Scheme.Length) ? parts.ConvertAll(part => part.Substring(Scheme.Length).Trim()) : null;
    }
}
