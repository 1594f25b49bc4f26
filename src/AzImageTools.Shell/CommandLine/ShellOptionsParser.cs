namespace AzImageTools.Shell.CommandLine;

/// <summary>Reads the command line as pwsh reads its own: names in any case, cut short, with one dash or two.</summary>
internal static class ShellOptionsParser
{
    private static readonly string[] Names = ["File", "Command", "Help", "Version", "NonInteractive", "NoProfile", "NoLogo"];

    /// <exception cref="UsageException">An argument is unknown, or a script is not there.</exception>
    public static ShellOptions Parse(IReadOnlyList<string> arguments, bool inputIsRedirected)
    {
        ShellOptions options = new(inputIsRedirected ? ShellMode.StandardInput : ShellMode.Prompt);
        for (int index = 0; index < arguments.Count; index++)
        {
            string argument = arguments[index];
            if (!IsDash(argument))
            {
                return WithScript(options, arguments, index);
            }

            switch (FullName(argument))
            {
                case "File":
                    return WithScript(options, arguments, index + 1);
                case "Command":
                    return WithCommand(options, [.. arguments.Skip(index + 1)]);
                case "Help":
                    return new ShellOptions(ShellMode.Help);
                case "Version":
                    return new ShellOptions(ShellMode.Version);
                case "NonInteractive":
                    options = options with { NonInteractive = true };
                    break;
                case "NoLogo":
                    options = options with { NoLogo = true };
                    break;
                case "NoProfile": // This shell loads none.
                    break;
                default:
                    throw new UsageException($"The argument '{argument}' is not one that this shell knows.");
            }
        }

        return options;
    }

    private static string? FullName(string argument)
    {
        string given = argument.TrimStart('-');
        if (given is "?" or "h")
        {
            return "Help";
        }

        string[] matches = [.. Names.Where(name => given.Length > 0 && name.StartsWith(given, StringComparison.OrdinalIgnoreCase))];
        return matches.Length switch
        {
            0 => null,
            1 => matches[0],
            _ => throw new UsageException($"The argument '{argument}' is ambiguous: {string.Join(", ", matches.Select(name => "-" + name))}."),
        };
    }

    private static ShellOptions WithCommand(ShellOptions options, string[] words)
    {
        if (words.Length == 0)
        {
            throw new UsageException("-Command needs the text to run, or '-' to read it from standard input.");
        }

        string text = string.Join(' ', words);
        return string.Equals(text, "-", StringComparison.Ordinal)
            ? options with { Mode = ShellMode.StandardInput }
            : options with { Mode = ShellMode.Command, CommandText = text };
    }

    private static ShellOptions WithScript(ShellOptions options, IReadOnlyList<string> arguments, int index)
    {
        if (index >= arguments.Count)
        {
            throw new UsageException("-File needs the path of a script, or '-' to read it from standard input.");
        }

        string script = arguments[index];
        if (string.Equals(script, "-", StringComparison.Ordinal))
        {
            return options with { Mode = ShellMode.StandardInput };
        }

        if (!System.IO.File.Exists(script))
        {
            throw new UsageException($"The script '{script}' does not exist.");
        }

        if (!script.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"'{script}' is not a script: its name does not end in .ps1.");
        }

        return options with
        {
            Mode = ShellMode.File,
            CommandText = ScriptCommandLine.Build(Path.GetFullPath(script), arguments.Skip(index + 1)),
        };
    }

    private static bool IsDash(string argument) => argument.Length > 1 && argument[0] == '-';
}
