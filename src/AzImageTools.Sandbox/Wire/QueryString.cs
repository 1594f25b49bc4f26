namespace AzImageTools.Sandbox.Wire;

/// <summary>Takes the query of an address apart.</summary>
internal static class QueryString
{
    /// <summary>Names are matched without regard to case; the first of several equal names counts.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in query.TrimStart('?').Split(['&'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var name = Uri.UnescapeDataString(equals < 0 ? part : part.Substring(0, equals));
            if (!values.ContainsKey(name))
            {
                values.Add(name, equals < 0 ? "" : Uri.UnescapeDataString(part.Substring(equals + 1)));
            }
        }

        return values;
    }
}
