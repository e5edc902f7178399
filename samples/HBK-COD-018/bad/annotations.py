from lxml import etree


def boxes(data):
    parser = etree.XMLParser(resolve_entities=True)
    return etree.fromstring(data, parser).findall("object/bndbox")
