using System.Management.Automation;
using System.Reflection;
using AzImageTools.Commands;

namespace AzImageTools.Help;

/// <summary>A cmdlet, as PowerShell sees it and as its doc comments tell it.</summary>
internal sealed record CmdletDescription
{
    private static readonly HashSet<string> CommonParameters = new(Cmdlet.CommonParameters, StringComparer.OrdinalIgnoreCase);

    private readonly Type _type;

    private CmdletDescription(Type type, CmdletAttribute attribute)
    {
        _type = type;
        Verb = attribute.VerbName;
        Noun = attribute.NounName;
        HelpUri = attribute.HelpUri;
        ParameterSets =
        [
            .. new CmdletInfo(Name, type).ParameterSets
                .OrderByDescending(static set => set.IsDefault)
                .ThenBy(static set => set.Name, StringComparer.Ordinal)
                .Select(set => new ParameterSetDescription(set.Name, set.IsDefault, [.. set.Parameters.Where(static parameter => !CommonParameters.Contains(parameter.Name)).Select(Describe)])),
        ];
        Parameters = [.. ParameterSets.SelectMany(static set => set.Parameters).GroupBy(static parameter => parameter.Name, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal).Select(static group => group.First())];
        Outputs = [.. type.GetCustomAttributes<OutputTypeAttribute>().SelectMany(static output => output.Type).Select(static output => output.Type ?? throw new InvalidOperationException($"{output.Name} is no type."))];
    }

    public string Name => $"{Verb}-{Noun}";

    public string Verb { get; }

    public string Noun { get; }

    public string HelpUri { get; }

    /// <summary>What it does: the first sentence of its doc comment.</summary>
    public string Synopsis => FirstSentence(XmlComments.OfType(_type));

    /// <summary>All of its doc comment.</summary>
    public string Summary => XmlComments.OfType(_type);

    /// <summary>The default set first.</summary>
    public IReadOnlyList<ParameterSetDescription> ParameterSets { get; }

    /// <summary>Each once, in the order of their names.</summary>
    public IReadOnlyList<ParameterDescription> Parameters { get; }

    public IReadOnlyList<Type> Outputs { get; }

    /// <summary>What it emits, with what the type's doc comment tells of it.</summary>
    public IReadOnlyList<(string Type, string Text)> OutputTexts => [.. Outputs.Select(static type => (type.FullName!, IsOurs(type) ? XmlComments.OfType(type) : string.Empty))];

    /// <summary>What the pipeline may hold, with the doc comment of the parameter that takes it.</summary>
    public IReadOnlyList<(string Type, string Text)> Inputs
        => [.. ParameterSets.SelectMany(static set => set.Parameters).Where(static parameter => parameter.TakesPipeline).Select(static parameter => (ElementOf(parameter.Type).FullName!, $"-{parameter.Name}: {parameter.Text}")).Distinct()];

    public static IReadOnlyList<CmdletDescription> FindAll()
        =>
        [
            .. typeof(AzureCmdlet).Assembly.GetExportedTypes()
                .Where(static type => !type.IsAbstract)
                .Select(static type => (Type: type, Cmdlet: type.GetCustomAttribute<CmdletAttribute>()))
                .Where(static each => each.Cmdlet is not null)
                .Select(static each => new CmdletDescription(each.Type, each.Cmdlet!))
                .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name!.StartsWith("AzImageTools", StringComparison.Ordinal);

    private static Type ElementOf(Type type) => type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type) ?? type;

    private static string FirstSentence(string text)
    {
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }

    private ParameterDescription Describe(CommandParameterInfo parameter)
    {
        // -WhatIf and -Confirm are PowerShell's own, and no properties.
        return _type.GetProperty(parameter.Name) is { } property
            ? new ParameterDescription(parameter, XmlComments.OfProperty(property), DefaultOf(property))
            : new ParameterDescription(parameter, string.Empty, "False");
    }

    /// <summary>What a parameter is when nobody gives it, in words; "None" where that is nothing.</summary>
    private string DefaultOf(PropertyInfo property)
    {
        using IDisposable? cmdlet = Activator.CreateInstance(_type) as IDisposable;
        object? value = property.GetValue(cmdlet ?? Activator.CreateInstance(_type));
        return value switch
        {
            SwitchParameter given => given.IsPresent ? "True" : "False",
            string { Length: > 0 } text => text,
            Array { Length: > 0 } items => string.Join(", ", items.Cast<object>()),
            bool or int or long or double or TimeSpan or Enum => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
            _ => "None",
        };
    }
}

/// <summary>A parameter set, without the parameters that all cmdlets have.</summary>
internal sealed record ParameterSetDescription(string Name, bool IsDefault, IReadOnlyList<ParameterDescription> Parameters);
