using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AzImageTools.Help;

/// <summary>
/// A cmdlet's page in platyPS' schema 2.0.0. Description, examples, notes and links are written by people; all else is the
/// cmdlet's own, and is written anew by <see cref="Update"/>.
/// </summary>
internal sealed partial record HelpPage(string Description, string Examples, string Notes, string Links)
{
    /// <summary>The examples, one each: title, and what is below it.</summary>
    public IEnumerable<(string Title, string Body)> EachExample
        => ExampleHeading().Split(Examples).Skip(1).Chunk(2).Select(static parts => (parts[0].Trim(), parts[1].Trim()));

    public static string PathOf(string name, string folder) => Path.Combine(folder, name + ".md");

    /// <summary>Reads a page; where there is none, what the cmdlet itself tells.</summary>
    public static HelpPage Read(CmdletDescription cmdlet, string folder)
    {
        string path = PathOf(cmdlet.Name, folder);
        if (!File.Exists(path))
        {
            return new HelpPage(cmdlet.Summary, string.Empty, string.Empty, string.Empty);
        }

        string page = File.ReadAllText(path).ReplaceLineEndings("\n");
        Dictionary<string, string> sections = SectionHeading().Split(page).Skip(1).Chunk(2).ToDictionary(static parts => parts[0].Trim(), static parts => parts[1].Trim(), StringComparer.Ordinal);
        return new HelpPage(sections["DESCRIPTION"], sections["EXAMPLES"], sections["NOTES"], sections["RELATED LINKS"]);
    }

    /// <summary>Writes a page, keeping what people wrote.</summary>
    public static void Update(CmdletDescription cmdlet, string folder)
        => File.WriteAllText(PathOf(cmdlet.Name, folder), Read(cmdlet, folder).Render(cmdlet));

    /// <summary>The whole page.</summary>
    public string Render(CmdletDescription cmdlet)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"""
            ---
            external help file: AzImageTools.dll-Help.xml
            Module Name: AzImageTools
            online version: {cmdlet.HelpUri}
            schema: 2.0.0
            ---

            # {cmdlet.Name}

            ## SYNOPSIS

            {cmdlet.Synopsis}

            ## SYNTAX


            """);
        foreach (ParameterSetDescription set in cmdlet.ParameterSets)
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                ### {(set.Name == "__AllParameterSets" ? "All" : set.Name)}{(set.IsDefault && cmdlet.ParameterSets.Count > 1 ? " (Default)" : string.Empty)}

                ```text
                {Syntax.Of(cmdlet, set)}
                ```


                """);
        }

        AppendSection(page, "DESCRIPTION", Description);
        AppendSection(page, "EXAMPLES", Examples);
        page.Append("## PARAMETERS\n\n");
        foreach (ParameterDescription parameter in cmdlet.Parameters)
        {
            AppendParameter(page, cmdlet, parameter);
        }

        page.Append("""
            ### CommonParameters

            This cmdlet supports the common parameters: -Debug, -ErrorAction, -ErrorVariable, -InformationAction, -InformationVariable, -OutVariable, -OutBuffer, -PipelineVariable, -Verbose,
            -WarningAction, and -WarningVariable. For more information, see [about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216).


            """);
        AppendTypes(page, "INPUTS", cmdlet.Inputs);
        AppendTypes(page, "OUTPUTS", cmdlet.OutputTexts);
        AppendSection(page, "NOTES", Notes);
        AppendSection(page, "RELATED LINKS", Links);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>A block of facts for the sets that a parameter is alike in.</summary>
    private static void AppendParameter(StringBuilder page, CmdletDescription cmdlet, ParameterDescription parameter)
    {
        page.Append(CultureInfo.InvariantCulture, $"### -{parameter.Name}\n\n{parameter.Text}\n\n");
        foreach (IGrouping<string, (string Set, ParameterDescription Parameter)> alike in cmdlet.ParameterSets
            .SelectMany(static set => set.Parameters.Select(parameter => (Set: set.Name, Parameter: parameter)))
            .Where(each => each.Parameter.Name == parameter.Name)
            .GroupBy(static each => Facts(each.Parameter), StringComparer.Ordinal))
        {
            string[] sets = [.. alike.Select(static each => each.Set)];
            page.Append(CultureInfo.InvariantCulture, $"""
                ```yaml
                Type: {parameter.TypeName}
                Parameter Sets: {(sets.Length == cmdlet.ParameterSets.Count ? "(All)" : string.Join(", ", sets))}
                Aliases:{Listed(parameter.Aliases)}
                {(parameter.Values.Count == 0 ? string.Empty : $"Accepted values:{Listed(parameter.Values)}\n")}
                {alike.Key}
                ```


                """);
        }
    }

    private static string Facts(ParameterDescription parameter) => $"""
        Required: {parameter.IsMandatory}
        Position: {parameter.Position}
        Default value: {parameter.DefaultValue}
        Accept pipeline input: {parameter.PipelineInput}
        Accept wildcard characters: {parameter.TakesWildcards}
        """;

    private static string Listed(IReadOnlyList<string> words) => words.Count == 0 ? string.Empty : " " + string.Join(", ", words);

    private static void AppendTypes(StringBuilder page, string title, IReadOnlyList<(string Type, string Text)> types)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n");
        foreach ((string type, string text) in types.Count == 0 ? [("None", string.Empty)] : types)
        {
            page.Append(CultureInfo.InvariantCulture, $"### {type}\n\n{(text.Length == 0 ? string.Empty : text + "\n\n")}");
        }
    }

    private static void AppendSection(StringBuilder page, string title, string text)
        => page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{(text.Length == 0 ? string.Empty : text + "\n\n")}");

    [GeneratedRegex(@"^## (?<title>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SectionHeading();

    [GeneratedRegex(@"^### (?<title>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExampleHeading();
}
