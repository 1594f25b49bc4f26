namespace AzImageTools.Disks.Registry;

/// <summary>
/// What a registry value's data is, by the number stored. Other numbers occur and are kept as they are
/// (regf specification, "Key value", "Data types").
/// </summary>
public enum RegistryValueType : long
{
    /// <summary>REG_NONE: bytes without a meaning.</summary>
    None = 0,

    /// <summary>REG_SZ: UTF-16 text.</summary>
    String = 1,

    /// <summary>REG_EXPAND_SZ: UTF-16 text with %variables%, which are not expanded.</summary>
    ExpandString = 2,

    /// <summary>REG_BINARY: bytes.</summary>
    Binary = 3,

    /// <summary>REG_DWORD: 32 bits, little-endian.</summary>
    DWord = 4,

    /// <summary>REG_DWORD_BIG_ENDIAN: 32 bits, big-endian.</summary>
    DWordBigEndian = 5,

    /// <summary>REG_LINK: the path of another key, UTF-16.</summary>
    Link = 6,

    /// <summary>REG_MULTI_SZ: a list of UTF-16 texts, each with its end marked by NUL.</summary>
    MultiString = 7,

    /// <summary>REG_RESOURCE_LIST: hardware resources of a driver.</summary>
    ResourceList = 8,

    /// <summary>REG_FULL_RESOURCE_DESCRIPTOR: hardware resources of a device.</summary>
    FullResourceDescriptor = 9,

    /// <summary>REG_RESOURCE_REQUIREMENTS_LIST: hardware resources a driver may use.</summary>
    ResourceRequirementsList = 10,

    /// <summary>REG_QWORD: 64 bits, little-endian.</summary>
    QWord = 11,
}
