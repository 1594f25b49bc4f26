namespace AzImageTools.Help;

/// <summary>A parameter set on lines, as Get-Command -Syntax writes it.</summary>
internal static class Syntax
{
    private const int Columns = 110;

    public static string Of(CmdletDescription cmdlet, ParameterSetDescription set)
    {
        List<string> lines = [cmdlet.Name];
        foreach (string word in Order(set.Parameters).Select(static parameter => parameter.Syntax).Append("[<CommonParameters>]"))
        {
            if (lines[^1].Length + 1 + word.Length > Columns)
            {
                lines.Add(" " + word);
            }
            else
            {
                lines[^1] += " " + word;
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Those with a position first, then what must be given, then the others; -WhatIf and -Confirm at the end.</summary>
    public static IEnumerable<ParameterDescription> Order(IEnumerable<ParameterDescription> parameters)
        => parameters.OrderBy(static parameter => parameter switch
        {
            { Name: "WhatIf" or "Confirm" } => 3,
            { IsPositional: true } => 0,
            { IsMandatory: true } => 1,
            _ => 2,
        }).ThenBy(static parameter => parameter.IsPositional ? int.Parse(parameter.Position, System.Globalization.CultureInfo.InvariantCulture) : 0);
}
