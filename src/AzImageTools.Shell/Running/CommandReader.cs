using System.Management.Automation.Language;
using System.Text;

namespace AzImageTools.Shell.Running;

/// <summary>Gathers lines until they make a whole command.</summary>
internal sealed class CommandReader(Func<bool, string?> readLine)
{
    /// <summary>The next command, which may span lines; null at the end of the input.</summary>
    public string? Read()
    {
        StringBuilder text = new();
        while (readLine(text.Length > 0) is { } line)
        {
            bool endsHere = text.Length > 0 && line.Length == 0;
            text.Append(text.Length > 0 ? "\n" : string.Empty).Append(line);
            if (endsHere || !IsIncomplete(text.ToString()))
            {
                return text.ToString();
            }
        }

        return text.Length > 0 ? text.ToString() : null;
    }

    private static bool IsIncomplete(string text)
    {
        Parser.ParseInput(text, out _, out ParseError[] errors);
        return errors.Any(error => error.IncompleteInput);
    }
}
