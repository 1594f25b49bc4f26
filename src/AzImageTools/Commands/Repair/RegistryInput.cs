using System.Management.Automation;
using AzImageTools.Binding;
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
        object? given = CellAttribute.Unwrap(value);
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
        return number < 0 ? unchecked((uint)checked((int)number)) : checked((uint)number);
    }

    private static object ToQWord(object? value)
        => value switch
        {
            long and < 0 or int and < 0 => unchecked((ulong)LanguagePrimitives.ConvertTo<long>(value)),
            _ => LanguagePrimitives.ConvertTo<ulong>(value),
        };

    private static ImageServiceException Invalid(RegistryValueType type, PSObject? value, Exception cause)
        => new(
            "RegistryDataInvalid",
            ErrorKind.InvalidArgument,
            $"A value of type {type} can't hold '{PrintableText.OfData(value?.BaseObject ?? string.Empty)}'.",
            "DWord and QWord take a number, String and ExpandString a text, MultiString a list of texts, the others bytes: [byte[]](1, 2, 3).",
            type.ToString(),
            cause);
}
