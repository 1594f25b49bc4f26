using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace AzImageTools.Shell.Prompting;

/// <summary>Asks for the values of named fields, as for mandatory parameters that were not given.</summary>
internal sealed class FieldPrompt(PSHostUserInterface output, InputReader input)
{
    public Dictionary<string, PSObject> Ask(string? caption, string? message, Collection<FieldDescription> fields)
    {
        input.RequireSomebody();
        foreach (string? line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                output.WriteLine(line);
            }
        }

        Dictionary<string, PSObject> answers = new(StringComparer.OrdinalIgnoreCase);
        foreach (FieldDescription field in fields)
        {
            answers[field.Name] = PSObject.AsPSObject(AskFor(field));
        }

        return answers;
    }

    private object AskFor(FieldDescription field)
    {
        Type type = LanguagePrimitives.TryConvertTo(field.ParameterTypeFullName, CultureInfo.InvariantCulture, out Type? named) && named is not null
            ? named
            : typeof(string);
        if (type == typeof(PSCredential))
        {
            return new CredentialPrompt(output, input).Ask(field.Label, field.HelpMessage, userName: null);
        }

        return type.IsArray ? AskForMany(field.Name, type.GetElementType()!) : AskForOne(field.Name, type, field.HelpMessage);
    }

    private object[] AskForMany(string name, Type type)
    {
        List<object> values = [];
        while (true)
        {
            output.Write($"{name}[{values.Count}]: ");
            string line = input.ReadLine();
            if (line.Length == 0)
            {
                return [.. values];
            }

            if (TryConvert(line, type, out object? value))
            {
                values.Add(value);
            }
        }
    }

    private object AskForOne(string name, Type type, string? help)
    {
        while (true)
        {
            output.Write($"{name}: ");
            if (type == typeof(SecureString))
            {
                return input.ReadSecret();
            }

            string line = input.ReadLine();
            if (string.Equals(line, "!?", StringComparison.Ordinal))
            {
                output.WriteLine(string.IsNullOrEmpty(help) ? "There is no help for this." : help);
            }
            else if (TryConvert(line, type, out object? value))
            {
                return value;
            }
        }
    }

    private bool TryConvert(string line, Type type, [NotNullWhen(true)] out object? value)
    {
        if (LanguagePrimitives.TryConvertTo(line, type, CultureInfo.CurrentCulture, out value) && value is not null)
        {
            return true;
        }

        output.WriteErrorLine($"\"{line}\" is not a value of type {type.Name}.");
        return false;
    }
}
