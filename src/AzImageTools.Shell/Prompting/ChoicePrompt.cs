using System.Collections.ObjectModel;
using System.Management.Automation.Host;

namespace AzImageTools.Shell.Prompting;

/// <summary>Asks for one or several of a list of choices, as in <c>[Y] Yes  [N] No  [?] Help (default is "Y"):</c>.</summary>
internal sealed class ChoicePrompt(PSHostUserInterface output, InputReader input)
{
    /// <summary>The index of the choice made; <paramref name="defaultChoice"/> may be -1 for none.</summary>
    public int AskOne(string? caption, string? message, IReadOnlyList<ChoiceDescription> choices, int defaultChoice)
    {
        Check(choices, defaultChoice < 0 ? [] : [defaultChoice]);
        Introduce(caption, message);
        while (true)
        {
            WriteChoices(choices, defaultChoice < 0 ? [] : [defaultChoice]);
            string answer = input.ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            int choice = Find(choices, answer);
            if (choice >= 0)
            {
                return choice;
            }

            HelpIfAsked(choices, answer);
        }
    }

    /// <summary>The indexes of the choices made, one asked for at a time until an empty line.</summary>
    public Collection<int> AskMany(string? caption, string? message, IReadOnlyList<ChoiceDescription> choices, IReadOnlyList<int> defaultChoices)
    {
        Check(choices, defaultChoices);
        Introduce(caption, message);
        WriteChoices(choices, defaultChoices);
        output.WriteLine();
        Collection<int> made = [];
        while (true)
        {
            output.Write($"Choice[{made.Count}]: ");
            string answer = input.ReadLine().Trim();
            if (answer.Length == 0)
            {
                return made.Count > 0 ? made : [.. defaultChoices];
            }

            int choice = Find(choices, answer);
            if (choice >= 0)
            {
                made.Add(choice);
            }
            else
            {
                HelpIfAsked(choices, answer);
            }
        }
    }

    private static void Check(IReadOnlyList<ChoiceDescription> choices, IReadOnlyList<int> defaults)
    {
        ArgumentOutOfRangeException.ThrowIfZero(choices.Count, nameof(choices));
        foreach (int index in defaults)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)choices.Count, nameof(defaults));
        }
    }

    private static int Find(IReadOnlyList<ChoiceDescription> choices, string answer)
    {
        for (int index = 0; index < choices.Count; index++)
        {
            if (answer.Length > 0
                && (string.Equals(answer, Key(choices[index]), StringComparison.OrdinalIgnoreCase)
                    || string.Equals(answer, Label(choices[index]), StringComparison.OrdinalIgnoreCase)))
            {
                return index;
            }
        }

        return -1;
    }

    private static string Label(ChoiceDescription choice) => choice.Label.Replace("&", string.Empty, StringComparison.Ordinal);

    /// <summary>The letter after the ampersand, or the whole label where there is none.</summary>
    private static string Key(ChoiceDescription choice)
    {
        int ampersand = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return ampersand >= 0 && ampersand + 1 < choice.Label.Length
            ? choice.Label.Substring(ampersand + 1, 1).ToUpperInvariant()
            : Label(choice);
    }

    private void Introduce(string? caption, string? message)
    {
        input.RequireSomebody();
        output.WriteLine();
        foreach (string? line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                output.WriteLine(line);
            }
        }
    }

    private void WriteChoices(IReadOnlyList<ChoiceDescription> choices, IReadOnlyList<int> defaults)
    {
        foreach (ChoiceDescription choice in choices)
        {
            output.Write($"[{Key(choice)}] {Label(choice)}  ");
        }

        string defaultKeys = string.Join(',', defaults.Select(index => Key(choices[index])));
        output.Write(defaultKeys.Length == 0 ? "[?] Help: " : $"[?] Help (default is \"{defaultKeys}\"): ");
    }

    private void HelpIfAsked(IReadOnlyList<ChoiceDescription> choices, string answer)
    {
        if (!string.Equals(answer, "?", StringComparison.Ordinal))
        {
            return;
        }

        foreach (ChoiceDescription choice in choices)
        {
            output.WriteLine($"{Key(choice)} - {choice.HelpMessage}");
        }
    }
}
