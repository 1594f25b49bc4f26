namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>What an element of the boot configuration holds: bits 24 to 27 of its type (Microsoft Learn, "BcdElementType structure").</summary>
public enum BcdElementFormat
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A device: where a program or Windows is.</summary>
    Device = 1,

    /// <summary>Text.</summary>
    String = 2,

    /// <summary>The identifier of an object.</summary>
    Object = 3,

    /// <summary>Identifiers of objects, in an order that counts.</summary>
    ObjectList = 4,

    /// <summary>A number.</summary>
    Integer = 5,

    /// <summary>Yes or no.</summary>
    Boolean = 6,

    /// <summary>Numbers of 64 bits.</summary>
    IntegerList = 7,
}
