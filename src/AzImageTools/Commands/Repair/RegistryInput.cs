using System.Globalization;
using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Registry;
using AzImageTools.Services;

namespace AzImageTools.Commands.Repair;

/// <summary>Makes data of a registry value's type of what was given for it, as Set-ItemProperty does.</summary>
internal static class RegistryInput
{
    /// <summary>The data, as <see cref="RegistryData.Encode(RegistryValueType, object)"/> takes it.</summary>
    /// <exception cref="ImageServiceException">The type does not hold such data (RegistryDataInvalid).</exception>
    public static object Convert(RegistryValueType type, PSObject? value)
    {
        object? given = value?.BaseObject is PSCustomObject ? value : value?.BaseObject;
        try
        {
            return type switch
            {
                RegistryValueType.String or RegistryValueType.ExpandString or RegistryValueType.Link => LanguagePrimitives.ConvertTo<string>(given) ?? string.Empty,
                RegistryValueType.MultiString => LanguagePrimitives.ConvertTo<string[]>(given) ?? [],
                RegistryValueType.DWord or RegistryValueType.DWordBigEndian => ToDWord(given),
                RegistryValueType.QWord => ToQWord(given),
                _ => LanguagePrimitives.ConvertTo<byte[]>(given) ?? [],
            };
        }
        catch (PSInvalidCastException exception)
        {
            throw Invalid(type, value, exception);
        }
        catch (OverflowException exception)
        {
            throw Invalid(type, value, exception);
        }
    }

    /// <summary>A negative number stands for its bits, as PowerShell writes 0xFFFFFFFF.</summary>
    private static object ToDWord(object? value)
    {
        long number = LanguagePrimitives.ConvertTo<long>(value);
        return number is >= int.MinValue and < 0 ? unchecked((uint)number) : checked((uint)number);
    }

    private static object ToQWord(object? value)
        => value is long or int && LanguagePrimitives.ConvertTo<long>(value) is < 0 and long negative ? unchecked((ulong)negative) : LanguagePrimitives.ConvertTo<ulong>(value);

    private static ImageServiceException Invalid(RegistryValueType type, PSObject? value, Exception cause)
        => new(
            "RegistryDataInvalid",
            ErrorKind.InvalidArgument,
            string.Format(CultureInfo.InvariantCulture, "A value of type {0} can't hold '{1}'.", type, PrintableText.OfOptional(value?.ToString())),
            "DWord and QWord take a number, String and ExpandString a text, MultiString a list of texts, the others bytes: [byte[]](1, 2, 3).",
            type.ToString(),
            cause);
}
