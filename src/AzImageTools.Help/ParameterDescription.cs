using System.Management.Automation;

namespace AzImageTools.Help;

/// <summary>A parameter in one set, as PowerShell sees it and as its doc comment tells it.</summary>
/// <param name="info">The parameter.</param>
/// <param name="text">Its doc comment; empty for -WhatIf and -Confirm, whose text is PowerShell's.</param>
/// <param name="defaultValue">What it is when nobody gives it.</param>
internal sealed class ParameterDescription(CommandParameterInfo info, string text, string defaultValue)
{
    public string Name => info.Name;

    public string Text => info.Name switch
    {
        "WhatIf" => "Tells what would be done, and does nothing.",
        "Confirm" => "Asks before anything is done.",
        _ => text,
    };

    public bool IsMandatory => info.IsMandatory;

    public bool IsSwitch => info.ParameterType == typeof(SwitchParameter);

    public Type Type => info.ParameterType;

    public string TypeName => NameOf(info.ParameterType);

    public string DefaultValue => defaultValue;

    public string Position => info.Position < 0 ? "Named" : info.Position.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public bool IsPositional => info.Position >= 0;

    public IReadOnlyList<string> Aliases => info.Aliases;

    public bool TakesWildcards => info.Attributes.OfType<SupportsWildcardsAttribute>().Any();

    public bool TakesPipeline => info.ValueFromPipeline;

    public string PipelineInput => (info.ValueFromPipelineByPropertyName, info.ValueFromPipeline) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByPropertyName)",
        (false, true) => "True (ByValue)",
        _ => "False",
    };

    /// <summary>The values that it takes, where they are listed; else none.</summary>
    public IReadOnlyList<string> Values
    {
        get
        {
            Type element = info.ParameterType.IsArray ? info.ParameterType.GetElementType()! : info.ParameterType;
            element = Nullable.GetUnderlyingType(element) ?? element;
            return element.IsEnum ? Enum.GetNames(element) : [.. info.Attributes.OfType<ValidateSetAttribute>().SelectMany(static set => set.ValidValues)];
        }
    }

    /// <summary>Its place in a line of syntax, such as [-Path] &lt;String[]&gt;.</summary>
    public string Syntax
    {
        get
        {
            string name = IsPositional ? $"[-{Name}]" : $"-{Name}";
            string whole = IsSwitch ? name : $"{name} <{TypeName}>";
            return IsMandatory ? whole : $"[{whole}]";
        }
    }

    public static string NameOf(Type type)
        => Nullable.GetUnderlyingType(type) is { } value ? NameOf(value)
            : type.IsArray ? NameOf(type.GetElementType()!) + "[]"
            : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}[{string.Join(", ", type.GetGenericArguments().Select(NameOf))}]"
            : type.Name;
}
